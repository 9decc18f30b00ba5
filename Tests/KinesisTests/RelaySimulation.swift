import ActivationCore

@testable import ActivationEngine
@testable import Kinesis

/// Drives relays and producers together over virtual time, and checks what a reader of the stream may rely on.
///
/// An engine decides for the messages of people who become one now and then. Its outbox is on a disk that fills up, its process is
/// killed and started again, and a model of Kinesis fails in every way we know of; all of it follows from one seed.
struct RelaySimulation {
    /// What befalls the process and its disk, beside the faults of the service.
    struct Fate {
        /// Kills, at random instants of the first minute.
        var kills = 0
        /// Ends in good order, each followed by a start.
        var terminations = 0
        /// Restarts of the relay alone: a changed target, or a person's resume.
        var restarts = 0
        /// The service takes nothing in these spans, in seconds.
        var deadSpans: [Range<Int64>] = []
        /// How it takes nothing.
        var death = Death.silent
        /// The disk is full in these spans, in seconds.
        var fullSpans: [Range<Int64>] = []
        /// Splits and merges of the stream's shards, at random instants of the first minute.
        var reshardings = 0
        /// Records a second that a shard takes; nil = any number.
        var recordsPerSecond: Double?
        /// Of the rows, those that the service will never take.
        var poisonShare = 0.0
        /// Of the messages, those that say that two people are one.
        var linkShare = 0.0
        /// Of the questions for the stream's shards, those that are refused.
        var listingDenied = 1.0
    }

    /// How a dead service behaves.
    enum Death: CaseIterable {
        case refusing, silent, failing, throttling, gone, blaming
    }

    /// What a broken build does wrong.
    enum Plant: CaseIterable {
        /// Every record counts as a key of its own.
        case orderRuleOff
        /// One record of a request that was written settles all of it.
        case settledByBatch
        /// Records of a request without an answer count as delivered.
        case droppedOnTimeout
        /// Nobody waits for what a dead process sent.
        case holdForgottenOnRestart
        /// Nobody waits for what a closed sink sent.
        case holdForgottenOnClose
    }

    private struct Event {
        enum Kind {
            case write
            /// Rows reach the stream, sent by a sink.
            case land([[Int64]], sink: Int)
            case answer(sink: Int, ProducerRequest, Result<[RecordResult], KinesisError>)
            case producerWake(sink: Int)
            case relayWake(relay: Int)
            case done(relay: Int, RelayStateMachine.Action)
            case listed(sink: Int, Result<ShardMap, KinesisError>)
            case kill, start, terminate, restart, reshard
        }

        var time: Int64
        var order: Int
        var kind: Kind
    }

    /// A producer and what its relay has handed over.
    private struct Sink {
        var machine: ProducerStateMachine
        var waiting: ArraySlice<OutboxRow> = []
        var taken = 0
        var isClosing = false
        var wakeAt: Int64?
    }

    let seed: UInt64
    var faults: ProducerSimulation.Faults
    var fate = Fate()
    var rowCount = 250
    var profileCount = 10
    var options = ProducerOptions()
    /// The fault of a build that is to be found out; nil = none.
    var plant: Plant?

    private(set) var violations: [String] = []
    private(set) var told: [RelayState] = []
    private(set) var news: [RelayNews] = []

    private static let second: Int64 = 1_000_000_000
    private static let drainDeadline = Duration.seconds(20)
    private static let signInterval = Duration.seconds(1)
    private let requestTimeout = Duration.seconds(10)

    private var random: SplitMix64
    private var events: [Event] = []
    private var made = 0
    private var outbox: SimulatedOutbox
    private var ledger = DeliveryLedger()
    private var shards = SimulatedShards(count: 3)
    private var relay: RelayStateMachine?
    private var relayNumber = 0
    private var relayWakeAt: Int64?
    private var sink: Sink?
    private var sinkNumber = 0
    private var isUp = false
    /// What the last relay of this process left, by this process' clock.
    private var leftHold: RelayHold?
    private var signAt: Int64?
    private var heirUntil: Duration?
    private var mustEndBy: Int64?
    private var nextAfterEnd: Event.Kind?
    /// For what the last relay paused, if the next one only tries whether it has passed.
    private var trial: RelayTrouble?
    private var failingSince: Int64?
    private var lastAnswerAt: Int64 = 0
    private var lastAnsweredSentAt: Int64 = 0
    private var sentAt: [UInt64: Int64] = [:]

    init(seed: UInt64, faults: ProducerSimulation.Faults = .none) {
        self.seed = seed
        self.faults = faults
        random = SplitMix64(seed: seed)
        options.recordsPerRequest = 12
        options.retryDelayMax = .seconds(5)
        options.heldRecordsMax = 30
        outbox = SimulatedOutbox(options: Self.engineOptions)
    }

    private static var engineOptions: EngineOptions {
        var options = EngineOptions()
        options.relayWindowMax = 60
        options.relayClaimMax = 25
        options.relayWindowBytesMax = 60 * 1_000
        options.relayWindowPerProfileMax = 5
        return options
    }

    /// Runs until everything is settled after all faults have ended.
    mutating func run() async {
        shards = SimulatedShards(count: 3, recordsPerSecond: fate.recordsPerSecond)
        schedule(.start, at: 0)
        schedule(.write, at: 1)
        for _ in 0..<fate.reshardings { schedule(.reshard, at: instant()) }
        for _ in 0..<fate.kills { schedule(.kill, at: instant()) }
        for _ in 0..<fate.terminations { schedule(.terminate, at: instant()) }
        for _ in 0..<fate.restarts { schedule(.restart, at: instant()) }
        var steps = 0
        while let event = events.popLast(), !isDone(at: event) {
            steps += 1
            if steps > 300_000 || event.time > 900 * Self.second {
                violations.append("not finished after \(steps) steps at \(event.time) ns: \(unsettled) rows are left")
                return
            }
            await handle(event)
            serve(now: event.time)
            check(now: event.time)
        }
        if ledger.count < rowCount || !hasOnlyPoison {
            violations.append(
                "comes to a standstill, up \(isUp), \(unsettled) rows left, relay \(relay?.state, default: "none"), "
                    + "sink \(sink == nil ? "none" : "open"), then \(nextAfterEnd, default: "nothing")"
            )
        }
        checkEnd()
    }

    private var unsettled: Int { ledger.unsettledCount }
    /// How many rows the engine wrote.
    var writtenCount: Int { ledger.count }
    /// How many rows came behind the rows of two people who had become one.
    var joinedCount: Int { ledger.joinedCount }
    /// How many rows were delivered.
    var deliveredCount: Int { ledger.deliveredCount }
    /// How many relays there were.
    var relayCount: Int { relayNumber }
    /// How many rows were parked that the service would have taken.
    var blamedCount: Int { ledger.blamedCount }
    /// How many records the stream holds.
    var landedCount: Int { ledger.copies }

    private func isDone(at event: Event) -> Bool {
        isUp && ledger.count >= rowCount && hasOnlyPoison && event.time > 90 * Self.second
    }

    /// Whether nothing is left that the service would take.
    ///
    /// A destination that refuses all that is left to send cannot be told from one that takes nothing: it pauses.
    private var hasOnlyPoison: Bool { ledger.hasOnlyPoison }

    private mutating func handle(_ event: Event) async {
        let now = event.time
        switch event.kind {
        case .write: await write(now)
        case .land(let groups, let sink): for group in groups { violations += ledger.land(group, sink: sink) }
        case .answer(let number, let request, let outcome): answered(number, request, outcome, now)
        case .producerWake(let number): if number == sinkNumber, sink?.wakeAt == now { sink?.wakeAt = nil }
        case .relayWake(let number): if number == relayNumber, relayWakeAt == now { relayWakeAt = nil }
        case .done(let number, let action): if number == relayNumber, relay != nil { await done(action, now) }
        case .kill: kill(now)
        case .start: await start(now)
        case .terminate: if isUp, nextAfterEnd == nil { end(within: Self.drainDeadline, then: .start, now) }
        case .restart: if isUp, nextAfterEnd == nil { end(within: .zero, then: .restart, now) }
        case .listed(let number, let answer):
            if number == sinkNumber { sink?.machine.listedShards(answer, now: MonotonicTime(nanoseconds: now)) }
        case .reshard: reshard(now)
        }
    }

    private mutating func reshard(_ now: Int64) {
        let index = Int.random(in: 0..<shards.shards.count, using: &random)
        if Bool.random(using: &random) || shards.shards.count == 1 {
            shards.split(index, now: now)
        } else {
            shards.merge(min(index, shards.shards.count - 2), now: now)
        }
    }

    // MARK: The process

    private mutating func start(_ now: Int64) async {
        guard !isUp else { return }
        isUp = true
        nextAfterEnd = nil
        leftHold = nil
        await storing { simulation in
            try await simulation.outbox.start()
            simulation.ledger.released()
            guard let books = try await simulation.outbox.countBooks() else { return }
            if !books.isBalanced { simulation.violations.append("books are not balanced at \(now): \(books)") }
        }
        heirUntil = nil
        if let signAt, plant != .holdForgottenOnRestart {
            let silence = Duration.nanoseconds(now - signAt)
            let landing = KinesisProducer.landingTime(requestTimeout: requestTimeout, options: options)
            heirUntil = .nanoseconds(now) + landing + Self.signInterval - silence
        }
        makeRelay()
    }

    private mutating func makeRelay(trial: RelayTrouble? = nil) {
        made += 1
        relayNumber += 1
        relayWakeAt = nil
        mustEndBy = nil
        relay = RelayStateMachine(
            dataflow: SimulatedOutbox.flow,
            options: Self.engineOptions,
            hold: leftHold,
            heir: heirUntil.map { RelayHold(through: .max, until: $0) },
            trial: trial
        )
    }

    private mutating func kill(_ now: Int64) {
        guard isUp else { return }
        isUp = false
        relay = nil
        sink = nil
        sinkNumber += 1
        relayNumber += 1
        nextAfterEnd = nil
        trial = nil
        clearTrouble()
        outbox.die()
        ledger.released()
        schedule(.start, at: now + Int64.random(in: 1_000_000...2 * Self.second, using: &random))
    }

    private mutating func end(within deadline: Duration, then next: Event.Kind, _ now: Int64) {
        nextAfterEnd = next
        relay?.stop(within: deadline, now: Self.at(now))
        // A request longer than the deadline at most, and a little for the storage; a full one is waited for.
        let full = fate.fullSpans.isEmpty ? .zero : Self.drainDeadline
        let longest = max(deadline, requestTimeout, full) + .milliseconds(500)
        mustEndBy = now + Nanoseconds(longest).count
    }

    private mutating func relayEnded(_ now: Int64) {
        guard let relay, relay.isOver else { return }
        leftHold = plant != .holdForgottenOnClose ? relay.hold : nil
        self.relay = nil
        if ledger.hasClaims { violations.append("an ended relay keeps claims") }
        if case .paused(let trouble) = relay.current, nextAfterEnd == nil {
            // A person acts some time later, or it is tried again.
            nextAfterEnd = .restart
            trial = chance(0.7) ? trouble : nil
            let delay = Int64.random(in: 1...5 * Self.second, using: &random)
            schedule(.relayWake(relay: relayNumber), at: now + delay)
            relayWakeAt = now + delay
            return
        }
        begin(now)
    }

    /// What was to come after the end of the relay.
    private mutating func begin(_ now: Int64) {
        switch nextAfterEnd {
        case .restart:
            nextAfterEnd = nil
            makeRelay(trial: trial.take())
        case .start:
            nextAfterEnd = nil
            isUp = false
            // A clean end leaves nothing to wait for, unless something was given up.
            let landsUntil = max(leftHold?.until ?? .zero, heirUntil ?? .zero)
            if landsUntil <= .nanoseconds(now) { signAt = nil }
            schedule(.start, at: now + Int64.random(in: 1_000_000...Self.second, using: &random))
        default:
            violations.append("a relay ended by itself")
            makeRelay()
        }
    }

    private mutating func write(_ now: Int64) async {
        if isUp {
            // Large stores are filled within the first minute as well.
            let most = max(6, rowCount / 50)
            let persons = (0..<Int.random(in: 1...most, using: &random)).map { _ in person() }
            await storing { simulation in
                let isStored = try await simulation.outbox.decide(
                    persons,
                    at: Self.at(now).wall,
                    diskIsFull: simulation.isFull(now)
                )
                simulation.look()
                if isStored { simulation.relay?.wake() }
            }
        }
        if ledger.count < rowCount { schedule(.write, at: now + Int64.random(in: 1...Self.second, using: &random)) }
    }

    private mutating func person() -> SimulatedOutbox.Person {
        let number = Int.random(in: 0..<profileCount, using: &random)
        if chance(fate.linkShare) {
            return .both(phone: number, email: Int.random(in: 0..<profileCount, using: &random))
        }
        return Bool.random(using: &random) ? .phone(number) : .email(number)
    }

    /// Learns which rows have come, and whose the others are now.
    private mutating func look() {
        let waiting = outbox.waiting
        var (ledger, random) = (ledger, random)
        ledger.see(waiting) { fate.poisonShare > 0 && Double.random(in: 0..<1, using: &random) < fate.poisonShare }
        (self.ledger, self.random) = (ledger, random)
    }

    /// Nothing of the storage may fail but what the simulation itself makes fail.
    private mutating func storing(_ body: (inout RelaySimulation) async throws -> Void) async {
        do {
            try await body(&self)
        } catch {
            violations.append("the storage fails: \(error)")
        }
    }

    // MARK: Acting

    /// Lets relay and producer act until they have nothing more to do at this instant.
    private mutating func serve(now: Int64) {
        for _ in 0..<1_000 {
            let before = made
            serveRelay(now)
            serveProducer(now)
            if relay == nil, nextAfterEnd != nil, isUp, relayWakeAt == nil { begin(now) }
            if made == before { return }
        }
        violations.append("never comes to rest at \(now)")
        // Each further step would take as long.
        events = []
    }

    private mutating func serveRelay(_ now: Int64) {
        guard var machine = relay else { return }
        let actions = machine.actions(now: Self.at(now))
        let wakeUpAt = machine.wakeUpAt(now: Self.at(now))
        relay = machine
        for action in actions { perform(action, now) }
        if let time = wakeUpAt.map({ Nanoseconds($0).count }), relayWakeAt.map({ time < $0 || $0 <= now }) ?? true {
            relayWakeAt = max(time, now + 1)
            schedule(.relayWake(relay: relayNumber), at: max(time, now + 1))
        }
        if told.last != machine.current { told.append(machine.current) }
        if machine.isOver { relayEnded(now) }
    }

    private mutating func perform(_ action: RelayStateMachine.Action, _ now: Int64) {
        switch action {
        case .closeSink(let deadline):
            sink?.isClosing = true
            sink?.machine.drain(until: MonotonicTime(nanoseconds: now) + Nanoseconds(deadline))
            made += 1
        case .tell(let line):
            news.append(line)
        case .reportWriteLost:
            violations.append("a lost write that nobody lost")
        default:
            schedule(.done(relay: relayNumber, action), at: now + Int64.random(in: 1...20_000_000, using: &random))
        }
    }

    private mutating func done(_ action: RelayStateMachine.Action, _ now: Int64) async {
        switch action {
        case .readLastRow:
            await storing { $0.relay?.lastRow(try await $0.outbox.lastRow()) }
        case .readFirstRow, .pass:
            violations.append("a target that moved, and none has")
        case .openSink:
            sinkNumber += 1
            sink = Sink(
                machine: ProducerStateMachine(options: options, requestTimeout: requestTimeout, seed: random.next())
            )
            clearTrouble()
            relay?.opened(now: Self.at(now))
        case .claim(let request):
            await storing { try await $0.claim(request) }
        case .settle(let settlements):
            guard !isFull(now) else {
                relay?.settlingFailed(StorageError(.full, "model"), now: Self.at(now))
                return
            }
            for settlement in settlements { violations += ledger.settle(settlement) }
            await storing { try await $0.outbox.settle(settlements) }
            relay?.settled()
        case .releaseClaims:
            await storing { try await $0.outbox.releaseClaims() }
            ledger.released()
            relay?.released()
        case .closeSink, .tell, .reportWriteLost:
            break
        }
    }

    private mutating func claim(_ request: ClaimRequest) async throws {
        let rows = try await outbox.claim(request)
        for row in rows { ledger.claimed(row.row) }
        let submitted = relay?.claimed(rows) ?? []
        guard !submitted.isEmpty else { return }
        sink?.waiting = submitted[...]
        sink?.taken = 0
        if sink == nil { violations.append("rows for a sink that is not open") }
    }

    private mutating func serveProducer(_ now: Int64) {
        guard var sink else { return }
        let time = MonotonicTime(nanoseconds: now)
        while !sink.isClosing, let row = sink.waiting.first, sink.machine.enqueue(record(row), now: time) {
            sink.waiting.removeFirst()
            sink.taken += 1
            if sink.waiting.isEmpty { submitted(sink.taken, now) }
        }
        if sink.isClosing, !sink.waiting.isEmpty {
            sink.waiting = []
            submitted(sink.taken, now)
        }
        let actions = sink.machine.actions(now: time)
        self.sink = sink
        for request in actions.requests { send(request, now) }
        for case .shards in actions.questions { answerQuestion(now) }
        if let condition = actions.condition { tell(condition, now) }
        if !actions.settlements.isEmpty {
            made += 1
            relay?.reported(actions.settlements.map(Self.report), now: Self.at(now))
        }
        if let wakeAt = actions.wakeUpAt?.nanoseconds, sink.wakeAt.map({ wakeAt < $0 || $0 <= now }) ?? true {
            if wakeAt <= now { violations.append("a producer asks to be woken at \(wakeAt), at \(now)") }
            self.sink?.wakeAt = max(wakeAt, now + 1)
            schedule(.producerWake(sink: sinkNumber), at: max(wakeAt, now + 1))
        }
        if self.sink?.machine.isFinished(now: time, unsent: 0) == true {
            self.sink?.machine.abandonRequests(now: time)
            let landing = self.sink?.machine.landing(now: time).duration ?? .zero
            self.sink = nil
            sinkNumber += 1
            made += 1
            clearTrouble()
            relay?.closed(landing: plant != .holdForgottenOnClose ? landing : .zero, now: Self.at(now))
        }
    }

    private mutating func answerQuestion(_ now: Int64) {
        let answer: Result<ShardMap, KinesisError> =
            if chance(fate.listingDenied) {
                .failure(KinesisError(.accessDenied, "model"))
            } else {
                // What the stream is now, though it may be another when the answer comes.
                shards.map.map { .success($0) } ?? .failure(KinesisError(.invalidResponse, "model"))
            }
        schedule(
            .listed(sink: sinkNumber, answer),
            at: now + Int64.random(in: 1_000_000...3 * Self.second, using: &random)
        )
    }

    private mutating func submitted(_ count: Int, _ now: Int64) {
        made += 1
        relay?.submitted(count, now: Self.at(now))
    }

    private mutating func tell(_ condition: ProducerCondition, _ now: Int64) {
        made += 1
        switch condition {
        case .flowing: relay?.conditionChanged(.flowing, now: Self.at(now))
        case .retrying(let code, let message, let attempts):
            relay?.conditionChanged(
                .retrying(code: code.rawValue, message: message, attempts: attempts),
                now: Self.at(now)
            )
        }
    }

    private func record(_ row: OutboxRow) -> KinesisRecord {
        let number = UInt64(bitPattern: row.row)
        return KinesisRecord(
            token: number,
            orderingKey: OrderingKey(
                high: row.profile.uuid.high,
                low: plant == .orderRuleOff ? number : row.profile.uuid.low
            ),
            partitionKey: row.partitionKey,
            data: row.payload
        )
    }

    private static func report(_ settlement: Settlement) -> SinkReport {
        let outcome: SinkOutcome =
            switch settlement.outcome {
            case .delivered: .delivered(receipt: "")
            case .recalled(let mayBeWritten): .recalled(mayHaveArrived: mayBeWritten)
            case .rejected(let error): .recordRefused(code: error.code.rawValue, message: error.message)
            case .destinationFailed(let error, _):
                .destinationFailed(code: error.code.rawValue, message: error.message)
            }
        return SinkReport(token: Int64(bitPattern: settlement.token), outcome: outcome)
    }

    // MARK: The service

    private mutating func send(_ request: ProducerRequest, _ now: Int64) {
        if signAt.map({ now - $0 >= Nanoseconds(Self.signInterval).count }) ?? true { signAt = now }
        sentAt[request.id] = now
        let number = sinkNumber
        let groups = request.members.map { $0.map { Int64(bitPattern: $0.token) } }
        let tokens = groups.flatMap(\.self)
        let timeout = Nanoseconds(requestTimeout).count
        let isDead = fate.deadSpans.contains { $0.contains(now / Self.second) }
        let isFaulty = now < 60 * Self.second
        var latency = Int64.random(in: 1_000_000...30_000_000, using: &random)
        if isFaulty, chance(faults.slow) { latency += Int64.random(in: 0...8 * Self.second, using: &random) }
        func fail(_ code: KinesisError.Code, after delay: Int64, _ simulation: inout RelaySimulation) {
            simulation.schedule(
                .answer(
                    sink: number,
                    request,
                    .failure(KinesisError(delay < timeout ? code : .requestTimeout, "model"))
                ),
                at: now + min(delay, timeout)
            )
        }
        if isDead {
            switch fate.death {
            case .refusing: return fail(.connectionFailed, after: latency, &self)
            case .failing: return fail(.internalFailure, after: latency, &self)
            case .throttling: return fail(.throughputExceeded, after: latency, &self)
            case .gone: return fail(.resourceNotFound, after: latency, &self)
            case .blaming:
                blame(groups)
                return fail(.validation, after: latency, &self)
            case .silent:
                // What a silent service was sent may land all the same, unless it would be refused.
                if chance(0.5), !tokens.contains(where: ledger.isPoison) { landLate(groups, number, now) }
                return fail(.requestTimeout, after: timeout, &self)
            }
        }
        if isFaulty, chance(faults.connectionFailed) { return fail(.connectionFailed, after: latency, &self) }
        if isFaulty, chance(faults.requestThrottled) { return fail(.throughputExceeded, after: latency, &self) }
        if tokens.contains(where: ledger.isPoison) {
            blame(groups)
            return fail(.validation, after: latency, &self)
        }
        if isFaulty, chance(faults.requestFailedBefore) { return fail(.internalFailure, after: latency, &self) }
        if isFaulty, chance(faults.timedOut) {
            if chance(0.7) { landLate(groups, number, now) }
            return fail(.requestTimeout, after: timeout, &self)
        }
        var written: [[Int64]] = []
        for (record, group) in zip(request.records, groups) where !isFaulty || !chance(faults.recordThrottled) {
            let hash = HashKey.prefix(record.partitionKey)
            if shards.admit(hash, bytes: 60 * group.count, now: now).isAdmitted { written.append(group) }
        }
        schedule(.land(written, sink: number), at: now + Int64.random(in: 1...latency, using: &random))
        if latency >= timeout || isFaulty && chance(faults.committedThenDropped) {
            return fail(.connectionLost, after: latency, &self)
        }
        let results = zip(groups, request.records).map { group, record -> RecordResult in
            let shard = shards.shards[shards.index(of: HashKey.prefix(record.partitionKey))].name
            return written.contains(group)
                ? .written(Receipt(shardID: shard, sequenceNumber: "\(group[0])"))
                : .failed(KinesisError(.throughputExceeded, "model"))
        }
        schedule(.answer(sink: number, request, .success(results)), at: now + latency + 1)
    }

    /// The service finds fault with a request, which tells something only of a single record.
    private mutating func blame(_ groups: [[Int64]]) {
        guard let only = groups.first, groups.count == 1 else { return }
        if only.count == 1 { ledger.refused(only[0]) } else { ledger.divided(only) }
    }

    /// At any instant up to the end of the guard.
    private mutating func landLate(_ groups: [[Int64]], _ number: Int, _ now: Int64) {
        let latest = Nanoseconds(requestTimeout + options.ambiguityGuard).count
        schedule(.land(groups, sink: number), at: now + Int64.random(in: 1..<latest, using: &random))
    }

    private mutating func answered(
        _ number: Int,
        _ request: ProducerRequest,
        _ outcome: Result<[RecordResult], KinesisError>,
        _ now: Int64
    ) {
        guard number == sinkNumber, sink != nil else { return }
        let requestSentAt = sentAt.removeValue(forKey: request.id) ?? now
        let time = MonotonicTime(nanoseconds: now)
        var hasWritten = false
        switch misread(outcome, of: request) {
        case .success(let results):
            hasWritten = results.contains { if case .written = $0 { true } else { false } }
            sink?.machine.completed(request, results: results, now: time)
        case .failure(let error):
            sink?.machine.failed(request, error: error, now: time)
        }
        if hasWritten {
            failingSince = nil
        } else if case .failure(let error) = outcome, error.code == .validation {
            // What is wrong with a record is no trouble of the destination; whether it is shows when the relay has judged.
        } else {
            failingSince = failingSince ?? now
        }
        if now - requestSentAt < Nanoseconds(requestTimeout).count {
            lastAnswerAt = now
            lastAnsweredSentAt = max(lastAnsweredSentAt, requestSentAt)
        }
    }

    /// An answer as a broken build reads it.
    private func misread(
        _ outcome: Result<[RecordResult], KinesisError>,
        of request: ProducerRequest
    ) -> Result<[RecordResult], KinesisError> {
        let written = [RecordResult](
            repeating: .written(Receipt(shardID: "s", sequenceNumber: "")),
            count: request.records.count
        )
        switch (plant, outcome) {
        case (.settledByBatch, .success(let results)):
            return results.contains { if case .written = $0 { true } else { false } } ? .success(written) : outcome
        case (.droppedOnTimeout, .failure(let error)) where error.code == .requestTimeout:
            return .success(written)
        default:
            return outcome
        }
    }

    // MARK: Promises

    private mutating func check(now: Int64) {
        if let mustEndBy, relay != nil, now > mustEndBy {
            violations.append("a relay that was told to end goes on at \(now)")
            self.mustEndBy = nil
        }
        // What failed before and was settled since is no trouble any more.
        if sink?.machine.statistics.heldRecords == 0 { failingSince = nil }
        // A slow service is not a dead one, and nobody can tell them apart in a second.
        guard faults.slow == 0, let relay, case .running = relay.state else { return }
        let oldest = sentAt.values.filter { $0 > lastAnsweredSentAt }.min()
        let troubles = [failingSince, oldest.map { max($0, lastAnswerAt) }].compactMap(\.self)
        let late = troubles.contains { now - $0 > Self.second }
        if late, sink?.machine.statistics.heldRecords ?? 0 > 0, case .running = relay.current {
            violations.append("trouble does not show at \(now)")
            clearTrouble()
        }
    }

    private mutating func clearTrouble() {
        failingSince = nil
        sentAt = [:]
    }

    private mutating func checkEnd() {
        violations += ledger.checkEnd()
        if case .retrying? = told.last { violations.append("trouble shows at the end: \(told.last, default: "")") }
        var isTroubled = false
        for line in news {
            switch line {
            case .retries:
                if isTroubled, fate.kills + fate.terminations + fate.restarts == 0 {
                    violations.append("trouble begins twice")
                }
                isTroubled = true
            case .runsAgain, .paused, .resumed:
                isTroubled = false
            }
        }
    }

    // MARK: Chance and time

    private func isFull(_ now: Int64) -> Bool { fate.fullSpans.contains { $0.contains(now / Self.second) } }

    private static func at(_ now: Int64) -> RelayInstant {
        RelayInstant(elapsed: .nanoseconds(now), wall: Timestamp(milliseconds: now / 1_000_000))
    }

    private mutating func instant() -> Int64 { Int64.random(in: 1...60 * Self.second, using: &random) }

    private mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    private mutating func schedule(_ kind: Event.Kind, at time: Int64) {
        made += 1
        let event = Event(time: time, order: made, kind: kind)
        // Latest first, so that the next one is the last.
        let index = events.firstIndex { ($0.time, $0.order) < (time, made) } ?? events.endIndex
        events.insert(event, at: index)
    }
}
