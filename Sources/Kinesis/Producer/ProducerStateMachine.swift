/// Decides what a producer sends, when, and what became of every record, without I/O, clock or randomness of its own.
///
/// Events come in by methods; ``actions(now:)`` then says what to do. The rule that everything serves (I4): of one ordering
/// key at most one record is on its way, and a record that failed is back at the head of its key's queue before anything else
/// of the key can leave. Order then needs no further bookkeeping, whatever fails.
struct ProducerStateMachine: Sendable {
    /// What takes part in the life of a producer.
    enum Phase: Sendable {
        /// Takes records and sends them. Goes to `draining` or `failed`.
        case running
        /// Sends what it has without waiting for more, but begins no request that could outlast the deadline. Goes to
        /// `failed`.
        case draining
        /// Settles everything with the reason, what is on its way when it has come back. Stays.
        case failed(KinesisError)
    }

    /// What the shell has to do after events.
    struct Actions: Sendable {
        /// To be sent; each comes back by ``completed(_:results:now:)`` or ``failed(_:error:now:)``.
        var requests: [ProducerRequest] = []
        /// To be reported.
        var settlements: [Settlement] = []
        /// To be reported: the condition has changed.
        var condition: ProducerCondition?
        /// When to ask for actions again if no event comes before.
        var wakeUpAt: MonotonicTime?
        /// To be asked of the service; each comes back by ``listedShards(_:now:)`` or ``described(_:now:)``.
        var questions: [StreamQuestion] = []
    }

    /// One place in so many, and so many at most, is kept for probes and in place of what is lost.
    private static let requestsKept = 4

    let options: ProducerOptions
    let requestTimeout: Nanoseconds
    let holdAfterSending: Nanoseconds
    let linger: Nanoseconds

    var phase = Phase.running
    var keys: KeyTable
    var ready = ShardLanes()
    var delays = DelayQueue<UInt32>()
    /// Outcomes of records of which another copy may still arrive: nobody may forget such a record before its hold ends, or a
    /// producer that comes after this one could not know of the hold.
    var postponed = DelayQueue<Settlement>()
    /// No copy of any record may arrive after this instant, but of those on their way.
    var copiesLandUntil = MonotonicTime.start
    /// When draining ends whatever is left.
    private(set) var closesAt: MonotonicTime?
    /// Halves of refused requests, and requests that were refused for their encoding; their keys count as in flight.
    var halves: [ProducerRequest] = []
    /// What must not be sent any more.
    var recalls: (any RecordRecalls)?
    /// What requests are written in.
    var wires: WireChoice
    var gate: FailureGate
    var gauge = ConditionGauge()
    var backoff: Backoff
    var requestsInFlight = 0
    var concurrency: RequestConcurrency
    /// What may be held now: the option's, or less where memory is shared.
    var heldBytesMax: Int
    /// When the records that are ready began to wait for others.
    var readySince = MonotonicTime.start
    var nextRequestID: UInt64 = 0
    /// Counts the keys that have come into line.
    private var turns: UInt64 = 0
    /// When to ask which shards there are.
    var shardQuestions = ShardQuestions()
    var recordLimit = StreamRecordLimit()
    var questions: [StreamQuestion] = []
    var settlements: [Settlement] = []
    var counters = ProducerStatistics()

    /// Creates an idle machine.
    ///
    /// - Parameters:
    ///   - options: The limits and times.
    ///   - requestTimeout: How long a request may be on its way.
    ///   - wire: What requests are written in, where the endpoint takes it.
    ///   - seed: Of the back-off's randomness, and where keys lie in memory.
    init(options: ProducerOptions, requestTimeout: Duration, wire: KinesisWire = .json, seed: UInt64) {
        self.options = options.checked
        self.requestTimeout = Nanoseconds(requestTimeout)
        holdAfterSending = Nanoseconds(requestTimeout) + Nanoseconds(options.ambiguityGuard)
        linger = Nanoseconds(options.linger)
        wires = WireChoice(wire)
        keys = KeyTable(seed: seed)
        let kept = min(Self.requestsKept, options.requestsMax / Self.requestsKept)
        let requestsMax = options.requestsMax - kept
        concurrency = RequestConcurrency(min(options.requestsStart, requestsMax)...requestsMax)
        heldBytesMax = options.heldBytesMax
        gate = FailureGate(tolerance: concurrency.limit, probesBesideOthers: options.attemptsMax == nil)
        backoff = Backoff(
            base: Nanoseconds(options.retryDelayBase),
            max: Nanoseconds(options.retryDelayMax),
            seed: seed
        )
    }

    /// The counters and what is held.
    var statistics: ProducerStatistics {
        var statistics = counters
        statistics.keys = keys.count
        statistics.shards = ready.statistics
        statistics.requestsInFlight = requestsInFlight
        statistics.wire = wires.wire
        if case .failed(let error) = phase { statistics.failure = error }
        return statistics
    }

    /// Every record was settled.
    var isIdle: Bool { counters.heldRecords == 0 }

    /// Another record fits; a waiting submitter is let on at three quarters, so that it brings more than one.
    func hasRoom(afterWaiting: Bool = false) -> Bool {
        let bytesMax = afterWaiting ? heldBytesMax / 4 * 3 : heldBytesMax
        let recordsMax = afterWaiting ? options.heldRecordsMax / 4 * 3 : options.heldRecordsMax
        return isIdle || counters.heldBytes < bytesMax && counters.heldRecords < recordsMax
    }

    // MARK: Events

    /// Takes a record; refuses it, to be offered again later, when memory is full.
    ///
    /// - Parameters:
    ///   - record: The record.
    ///   - hash: ``HashKey/prefix(_:)`` of its partition key.
    ///   - now: The time.
    /// - Returns: False if there is no room.
    mutating func enqueue(_ record: KinesisRecord, hash: UInt64, now: MonotonicTime) -> Bool {
        if case .failed(let error) = phase {
            counters.destinationFailed += 1
            settlements.append(
                Settlement(token: record.token, outcome: .destinationFailed(error, mayBeWritten: false))
            )
            return true
        }
        if let defect = record.defect(recordBytesMax: options.recordBytesMax ?? recordLimit.bytesMax(now: now)) {
            counters.rejected += 1
            settlements.append(Settlement(token: record.token, outcome: .rejected(defect)))
            return true
        }
        guard hasRoom() else { return false }
        let pending = PendingRecord(record, hash: hash)
        if options.recordBytesMax == nil, recordLimit.shouldAsk(bytes: pending.countedBytes, now: now) {
            questions.append(.recordLimit)
        }
        counters.heldRecords += 1
        counters.heldBytes += pending.heldBytes
        let (index, isNew) = keys.index(of: record.orderingKey)
        keys.append(pending, to: index)
        if isNew {
            becomeReady(index, hash: hash, headBytes: pending.countedBytes, isReturning: false, now: now)
        }
        return true
    }

    /// No more records will come: what is held is sent without waiting for company, as long as a request begun now would end
    /// before the deadline in any case.
    mutating func drain(until deadline: MonotonicTime = .never) {
        if case .running = phase { phase = .draining }
        closesAt = min(deadline, closesAt ?? deadline)
    }

    /// Nothing more will happen: all is settled, or nothing is on its way and nothing more may be begun.
    ///
    /// Where nothing gets through, what is on its way is not waited for.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - unsent: Requests decided and not begun; they never will be.
    /// - Returns: Whether the producer may end.
    func isFinished(now: MonotonicTime, unsent: Int) -> Bool {
        guard let closesAt else { return false }
        if isIdle || gauge.isTroubled { return true }
        guard requestsInFlight <= unsent, !mayBegin(now: now) else { return false }
        return postponed.isEmpty || now >= closesAt
    }

    /// A request begun now ends before the deadline.
    func mayBegin(now: MonotonicTime) -> Bool {
        switch phase {
        case .running: true
        case .draining: closesAt.map { now + requestTimeout <= $0 } ?? true
        case .failed: false
        }
    }

    /// How much longer a copy of a record may still arrive, when nothing is on its way any more.
    func landing(now: MonotonicTime) -> Nanoseconds {
        max(copiesLandUntil - now, Nanoseconds(count: 0))
    }

    /// What is on its way is given up: it may still arrive.
    mutating func abandonRequests(now: MonotonicTime) {
        if requestsInFlight > 0 { copiesLandUntil = max(copiesLandUntil, now + holdAfterSending) }
    }

    // MARK: Keys

    /// Puts a key with waiting records in line.
    mutating func becomeReady(_ index: UInt32, isReturning: Bool, now: MonotonicTime) {
        becomeReady(
            index,
            hash: keys.headHash(index),
            headBytes: keys.headBytes(index),
            isReturning: isReturning,
            now: now
        )
    }

    private mutating func becomeReady(
        _ index: UInt32,
        hash: UInt64,
        headBytes: Int,
        isReturning: Bool,
        now: MonotonicTime
    ) {
        if ready.isEmpty { readySince = now }
        turns += 1
        keys.setReady(index, turn: isReturning ? 0 : turns)
        ready.append(index, hash: hash, headBytes: headBytes, isReturning: isReturning)
    }

    /// Lets a key wait for an instant, with or without waiting records.
    mutating func delay(_ index: UInt32, until time: MonotonicTime) {
        keys.setActivity(index, .delayed)
        delays.insert(index, at: time)
    }

    /// The key's record on its way is settled: the next one may follow, or has to wait for the end of the hold.
    mutating func advance(_ index: UInt32, now: MonotonicTime) {
        let heldUntil = keys.heldUntil(index)
        if heldUntil > now {
            delay(index, until: heldUntil)
        } else if keys.isEmpty(index) {
            keys.remove(index)
        } else {
            becomeReady(index, isReturning: false, now: now)
        }
    }

    /// Moves the keys whose instant has come: into the line, or out of the table when nothing waits.
    mutating func endDelays(now: MonotonicTime) {
        while let index = delays.popDue(now) {
            if keys.isEmpty(index) {
                keys.remove(index)
            } else {
                becomeReady(index, isReturning: true, now: now)
            }
        }
    }

    // MARK: Settling

    /// Settles a record that counted so many bytes.
    mutating func settle(_ token: UInt64, countedBytes: Int, _ outcome: Outcome) {
        count(countedBytes, outcome)
        counters.heldRecords -= 1
        settlements.append(Settlement(token: token, outcome: outcome))
    }

    /// Settles a record that will not be sent again: at once, or when no copy of it can arrive any more.
    mutating func settle(
        _ token: UInt64,
        countedBytes: Int,
        _ outcome: Outcome,
        of index: UInt32,
        now: MonotonicTime
    ) {
        let heldUntil = keys.heldUntil(index)
        guard heldUntil > now else {
            settle(token, countedBytes: countedBytes, outcome)
            return
        }
        count(countedBytes, outcome)
        postponed.insert(Settlement(token: token, outcome: outcome), at: heldUntil)
    }

    /// Settles the record at a position of a request, which was not sent as an aggregate.
    mutating func settle(_ request: ProducerRequest, _ index: Int, _ outcome: Outcome, now: MonotonicTime) {
        let context = request.contexts[index]
        settle(
            request.records[index].token,
            countedBytes: context.countedBytes,
            outcome,
            of: context.key,
            now: now
        )
    }

    /// Reports outcomes whose hold is over.
    mutating func endPostponements(now: MonotonicTime) {
        while let settlement = postponed.popDue(now) {
            counters.heldRecords -= 1
            settlements.append(settlement)
        }
    }

    private mutating func count(_ countedBytes: Int, _ outcome: Outcome) {
        counters.heldBytes -= countedBytes + ProducerLimits.recordOverheadBytes
        switch outcome {
        case .delivered: counters.delivered += 1
        case .rejected: counters.rejected += 1
        case .recalled: counters.recalled += 1
        case .destinationFailed: counters.destinationFailed += 1
        }
    }

    /// Settles everything that is not on its way with the reason, and everything that comes later.
    mutating func failDestination(_ error: KinesisError) {
        if case .failed = phase { return }
        phase = .failed(error)
        ready.removeAll()
        delays.removeAll()
        let refused = halves
        halves = []
        for request in refused {
            for index in request.records.indices { settleFailed(request, index, error) }
        }
        var waiting: [PendingRecord] = []
        keys.removeAllWaiting { waiting.append($0) }
        for pending in waiting {
            settle(
                pending.record.token,
                countedBytes: pending.countedBytes,
                .destinationFailed(error, mayBeWritten: pending.mayBeWritten)
            )
        }
    }

    /// Settles a record that came back after the destination failed; nothing of its key waits any more.
    mutating func settleFailed(
        _ request: ProducerRequest,
        _ index: Int,
        _ error: KinesisError,
        isAmbiguous: Bool = false
    ) {
        let context = request.contexts[index]
        let mayBeWritten = context.mayBeWritten || isAmbiguous
        settle(
            request.records[index].token,
            countedBytes: context.countedBytes,
            .destinationFailed(error, mayBeWritten: mayBeWritten)
        )
        if request.isAggregate(index) {
            for follower in request.followers[index] {
                let mayBeWritten = follower.mayBeWritten || isAmbiguous
                settle(
                    follower.record.token,
                    countedBytes: follower.countedBytes,
                    .destinationFailed(error, mayBeWritten: mayBeWritten)
                )
            }
        }
        keys.setActivity(context.key, .ready)
        if keys.isEmpty(context.key) { keys.remove(context.key) }
    }
}
