import NIOCore

/// What a producer's tasks share: the state machine, what it decided, and who waits for what.
///
/// Continuations are resumed while the lock is held, which only puts their tasks in line to run.
struct ProducerState {
    enum Lifecycle {
        /// Takes records. Goes to `closing` or `ended`.
        case open
        /// Takes no more, sends what is held as far as the deadline allows, and waits for what is on its way. Goes to `ended`.
        case closing
        /// Nothing is on its way; sends and settles nothing more. Stays.
        case ended
    }

    var machine: ProducerStateMachine
    private(set) var lifecycle = Lifecycle.open
    /// Outcomes that the consumer has not taken yet.
    private var settlements: [Settlement] = []
    /// The condition that the consumer has not been told yet; only the newest counts.
    private var condition: ProducerCondition?
    /// Requests that wait for a task to send them; never more than tasks exist.
    private var decided: [ProducerRequest] = []
    private var idleSenders: [CheckedContinuation<ProducerRequest?, Never>] = []
    /// Questions that wait for the task that asks them.
    private var questions: [StreamQuestion] = []
    private var asker: CheckedContinuation<StreamQuestion?, Never>?
    private var consumer: CheckedContinuation<ProducerEvent?, Never>?
    private var submitters: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var closers: [CheckedContinuation<Void, Never>] = []
    /// The instant for which a timer is set, so that later ones need none.
    private var timerAt: MonotonicTime?
    /// What the shared memory knows of what is held.
    private var reportedBytes = 0
    private var hasReportedFailure = false
    private var hasReportedWire = false

    init(machine: ProducerStateMachine) {
        self.machine = machine
    }

    /// The machine's counters; settlements not taken yet are not among what it holds.
    var statistics: ProducerStatistics { machine.statistics }

    // MARK: Acting

    /// What is left to do without the lock.
    struct Effects {
        /// A timer has to be set for this instant.
        var timerAt: MonotonicTime?
        /// The next request of the sender that has just finished one.
        var request: ProducerRequest?
        /// The destination has just failed.
        var failure: KinesisError?
        /// The endpoint has just turned out not to take the wanted encoding.
        var wireRefusal: KinesisError?
    }

    /// Carries out what the machine decides after events.
    ///
    /// - Parameters:
    ///   - now: The time of the events.
    ///   - forFinishedSender: The caller can send the next request itself.
    /// - Returns: What is left to do without the lock.
    mutating func act(now: MonotonicTime, forFinishedSender: Bool = false) -> Effects {
        var effects = Effects()
        guard lifecycle != .ended else { return effects }
        let actions = machine.actions(now: now)
        shareMemory()
        decided += actions.requests
        if forFinishedSender, !decided.isEmpty { effects.request = decided.removeFirst() }
        if !hasReportedFailure, case .failed(let error) = machine.phase {
            hasReportedFailure = true
            effects.failure = error
        }
        if !hasReportedWire, let refusal = machine.wires.refusal {
            hasReportedWire = true
            effects.wireRefusal = refusal
        }
        if settlements.isEmpty {
            settlements = actions.settlements
        } else {
            settlements += actions.settlements
        }
        while !decided.isEmpty, let sender = idleSenders.popLast() {
            sender.resume(returning: decided.removeFirst())
        }
        questions += actions.questions
        if !questions.isEmpty, let waiting = asker.take() { waiting.resume(returning: questions.removeFirst()) }
        if let change = actions.condition { condition = change }
        if let waiting = consumer.take() {
            if let event = takeEvent() { waiting.resume(returning: event) } else { consumer = waiting }
        }
        if lifecycle == .closing, machine.isFinished(now: now, unsent: decided.count) {
            end(now: now)
        } else if !submitters.isEmpty, hasRoomAfterWaiting {
            resumeSubmitters(hasRoom: true)
        }
        if let wakeUpAt = actions.wakeUpAt, timerAt.map({ wakeUpAt < $0 }) ?? true {
            timerAt = wakeUpAt
            effects.timerAt = wakeUpAt
        }
        return effects
    }

    /// Tells the shared memory what is held, and learns from it what may be.
    private mutating func shareMemory() {
        guard let memory = machine.options.memory else { return }
        let held = machine.counters.heldBytes
        memory.add(held - reportedBytes)
        reportedBytes = held
        machine.heldBytesMax = min(machine.options.heldBytesMax, memory.share(ofProducerHolding: held))
    }

    mutating func timerFired(at time: MonotonicTime) {
        if timerAt == time { timerAt = nil }
    }

    /// Takes no more records, and has as long as the deadline to deliver what is held; an earlier deadline takes the place of a
    /// later one.
    mutating func close(until deadline: MonotonicTime) {
        guard lifecycle != .ended else { return }
        lifecycle = .closing
        machine.drain(until: deadline)
        resumeSubmitters(hasRoom: false)
    }

    /// Gives up what is on its way, and lets everybody go who waits.
    mutating func end(now: MonotonicTime) {
        guard lifecycle != .ended else { return }
        lifecycle = .ended
        if machine.requestsInFlight > decided.count { machine.abandonRequests(now: now) }
        machine.options.memory?.add(-reportedBytes)
        reportedBytes = 0
        decided = []
        for sender in idleSenders { sender.resume(returning: nil) }
        idleSenders = []
        asker.take()?.resume(returning: nil)
        resumeSubmitters(hasRoom: false)
        if let waiting = consumer.take() { waiting.resume(returning: takeEvent()) }
        for closer in closers { closer.resume() }
        closers = []
    }

    // MARK: Waiting

    /// Gives a sender its next request, now or by its continuation; nil once ended.
    mutating func nextRequest(_ sender: CheckedContinuation<ProducerRequest?, Never>) {
        if lifecycle == .ended {
            sender.resume(returning: nil)
        } else if decided.isEmpty {
            idleSenders.append(sender)
        } else {
            sender.resume(returning: decided.removeFirst())
        }
    }

    /// Gives the task that asks its next question, now or by its continuation; nil once ended.
    mutating func nextQuestion(_ waiting: CheckedContinuation<StreamQuestion?, Never>) {
        if lifecycle == .ended {
            waiting.resume(returning: nil)
        } else if questions.isEmpty {
            asker = waiting
        } else {
            waiting.resume(returning: questions.removeFirst())
        }
    }

    /// Takes records in order until memory is full.
    ///
    /// - Parameters:
    ///   - records: The records.
    ///   - hashes: Where their partition keys lie.
    ///   - range: Those of them to be taken.
    ///   - now: The time.
    /// - Returns: How many were taken.
    mutating func take(_ records: [KinesisRecord], hashes: [UInt64], _ range: Range<Int>, now: MonotonicTime) -> Int {
        guard lifecycle == .open else { return 0 }
        shareMemory()
        for index in range {
            guard settlements.count < machine.options.heldRecordsMax,
                machine.enqueue(records[index], hash: hashes[index], now: now)
            else { return index - range.lowerBound }
        }
        return range.count
    }

    /// Tells a submitter true when there is room, now or by its continuation; false when there will be none.
    mutating func waitForRoom(_ id: Int, _ submitter: CheckedContinuation<Bool, Never>) {
        if lifecycle != .open || hasRoomAfterWaiting {
            submitter.resume(returning: lifecycle == .open)
        } else {
            submitters[id] = submitter
        }
    }

    mutating func stopWaitingForRoom(_ id: Int) {
        submitters.removeValue(forKey: id)?.resume(returning: false)
    }

    /// Gives the consumer what is known, now or by its continuation; nil once everything was taken after the end.
    mutating func nextEvent(_ waiting: CheckedContinuation<ProducerEvent?, Never>) {
        precondition(consumer == nil, "events have one consumer")
        if let event = takeEvent() {
            waiting.resume(returning: event)
        } else if lifecycle == .ended {
            waiting.resume(returning: nil)
        } else {
            consumer = waiting
        }
    }

    mutating func stopWaitingForEvents() {
        consumer.take()?.resume(returning: nil)
    }

    mutating func waitForEnd(_ closer: CheckedContinuation<Void, Never>) {
        if lifecycle == .ended {
            closer.resume()
        } else {
            closers.append(closer)
        }
    }

    private var hasRoomAfterWaiting: Bool {
        machine.hasRoom(afterWaiting: true)
            && (settlements.isEmpty || settlements.count < machine.options.heldRecordsMax / 4 * 3)
    }

    private mutating func resumeSubmitters(hasRoom: Bool) {
        for submitter in submitters.values { submitter.resume(returning: hasRoom) }
        submitters = [:]
    }

    /// A condition goes before outcomes, so that trouble is seen at once.
    private mutating func takeEvent() -> ProducerEvent? {
        if let change = condition.take() { return .condition(change) }
        guard !settlements.isEmpty else { return nil }
        var taken: [Settlement] = []
        swap(&taken, &settlements)
        return .settlements(taken)
    }
}
