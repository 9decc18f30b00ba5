@testable import Kinesis

/// Drives a producer's state machine over virtual time against a model of Kinesis that fails in every way we know of, and
/// checks the producer's promises on every step.
///
/// All of it follows from one seed.
struct ProducerSimulation {
    /// How the model behaves.
    struct Faults {
        var recordThrottled = 0.0
        var recordInternalFailure = 0.0
        var requestThrottled = 0.0
        var requestFailedBefore = 0.0
        var committedThenDropped = 0.0
        var timedOut = 0.0
        var connectionFailed = 0.0
        var slow = 0.0

        static let none = Faults()
        static let all = Faults(
            recordThrottled: 0.1,
            recordInternalFailure: 0.02,
            requestThrottled: 0.03,
            requestFailedBefore: 0.05,
            committedThenDropped: 0.05,
            timedOut: 0.03,
            connectionFailed: 0.03,
            slow: 0.1
        )
    }

    /// Something that happens at an instant; ties in the order of making.
    private struct Event {
        enum Kind {
            case submit
            /// Records of the stream, each one of ours or an aggregate.
            case commit([[Int]])
            case answer(ProducerRequest, Result<[RecordResult], KinesisError>)
            case listed(Result<ShardMap, KinesisError>)
            case reshard
            case wake
        }

        var time: Int64
        var order: Int
        var kind: Kind
    }

    let seed: UInt64
    var faults: Faults
    var recordCount = 400
    var keyCount = 12
    /// Where records go; split and merged at random instants of the first minute.
    var shards = SimulatedShards(count: 3)
    var reshardings = 0
    /// Questions for shards that the service refuses, and of the others those that get no answer.
    var listingDenied = 0.0
    var listingFailed = 0.0
    /// False plants a fault: every record is a key of its own.
    var keepsOrder = true
    /// What the producer would like to write, and whether the service takes CBOR.
    var wire = KinesisWire.json
    var takesCBOR = true
    var poisonShare = 0.0
    var oversizedShare = 0.0
    /// Steps after which a record that is held is called back.
    var recallShare = 0.0
    /// Of the aggregates, those that the service finds fault with whenever they come.
    var aggregatesRefused = 0.0
    var options = ProducerOptions()
    private let requestTimeout = Duration.seconds(3)
    /// What the machine is told; shorter than the truth in the test of this simulation itself.
    var toldTimeout = Duration.seconds(3)
    /// The model fails only until then.
    var faultsEndAt: Int64 = 60_000_000_000

    private(set) var violations: [String] = []
    private(set) var log: [(key: Int, sequence: Int)] = []
    private(set) var outcomes: [UInt64: String] = [:]
    private(set) var statistics = ProducerStatistics()
    private(set) var ambiguousRecords: Set<Int> = []
    private(set) var listings = 0
    private(set) var largestAggregate = 0
    private(set) var wiresSent: Set<KinesisWire> = []
    private(set) var recalledCount = 0

    private var random: SplitMix64
    private var events: [Event] = []
    private var made = 0
    private var records: [(key: Int, sequence: Int, isPoison: Bool, isOversized: Bool)] = []
    private var submitted = 0
    private var lastCommitted: [Int: Int] = [:]
    private var committedTokens: Set<Int> = []
    private var keysOnTheWay: Set<Int> = []
    private var wakeAt: Int64?
    private let recalls = SimulatedRecalls()
    /// What was ever called back.
    private var recalled: Set<Int> = []
    /// The sequence number of the last answer that called a record written, and its place in an aggregate.
    private var places: [Int: (sequence: String, place: Int?)] = [:]

    init(seed: UInt64, faults: Faults) {
        self.seed = seed
        self.faults = faults
        random = SplitMix64(seed: seed)
        options.recordsPerRequest = 20
        options.requestBytesTarget = 400
        options.recordBytesMax = 300
        options.heldRecordsMax = 100
        options.retryDelayMax = .seconds(5)
    }

    /// Runs to the end; what was found wrong is in ``violations``.
    mutating func run() {
        makeRecords()
        var machine = ProducerStateMachine(
            options: options,
            requestTimeout: toldTimeout,
            wire: wire,
            seed: random.next()
        )
        machine.recalls = recalls
        schedule(.submit, at: 0)
        for _ in 0..<reshardings {
            schedule(.reshard, at: Int64.random(in: 1...60_000_000_000, using: &random))
        }
        var steps = 0
        while let event = nextEvent() {
            steps += 1
            if steps > 200_000 || event.time > 3_600_000_000_000 {
                violations.append("not finished after \(steps) steps at \(event.time) ns")
                break
            }
            let now = MonotonicTime(nanoseconds: event.time)
            switch event.kind {
            case .submit: submit(&machine, now: now)
            case .commit(let groups): for group in groups { commit(group) }
            case .answer(let request, let outcome):
                for record in request.records { keysOnTheWay.remove(records[Int(record.token)].key) }
                switch outcome {
                case .success(let results):
                    notePlaces(request, results)
                    machine.completed(request, results: results, now: now)
                case .failure(let error): machine.failed(request, error: error, now: now)
                }
            case .listed(let answer): machine.listedShards(answer, now: now)
            case .reshard: reshard(now: event.time)
            case .wake: if wakeAt == event.time { wakeAt = nil }
            }
            perform(machine.actions(now: now), now: event.time)
            check(machine)
            if chance(recallShare) { recall() }
        }
        statistics = machine.statistics
        checkEnd()
    }

    // MARK: The world

    private mutating func makeRecords() {
        var sequences = [Int](repeating: 0, count: keyCount)
        for _ in 0..<recordCount {
            // Low keys are hot.
            let key = min(Int.random(in: 0..<keyCount, using: &random), Int.random(in: 0..<keyCount, using: &random))
            sequences[key] += 1
            records.append((key, sequences[key], chance(poisonShare), chance(oversizedShare)))
        }
    }

    private mutating func submit(_ machine: inout ProducerStateMachine, now: MonotonicTime) {
        var burst = Int.random(in: 1...40, using: &random)
        while burst > 0, submitted < records.count {
            let record = records[submitted]
            let taken = machine.enqueue(
                KinesisRecord(
                    token: UInt64(submitted),
                    orderingKey: OrderingKey(high: 0, low: UInt64(keepsOrder ? record.key : submitted)),
                    partitionKey: "key-\(record.key)",
                    data: [UInt8](repeating: 0, count: record.isOversized ? 400 : 8 + submitted % 60)
                ),
                now: now
            )
            guard taken else { break }
            submitted += 1
            burst -= 1
        }
        if submitted < records.count {
            schedule(.submit, at: now.nanoseconds + Int64.random(in: 1...50_000_000, using: &random))
        } else {
            machine.drain()
        }
    }

    private mutating func perform(_ actions: ProducerStateMachine.Actions, now: Int64) {
        for request in actions.requests { send(request, now: now) }
        for case .shards in actions.questions { answerQuestion(now: now) }
        for settlement in actions.settlements { settled(settlement) }
        if let time = actions.wakeUpAt?.nanoseconds, wakeAt.map({ time < $0 }) ?? true {
            if time <= now { violations.append("asks to be woken at \(time), which is not after \(now)") }
            wakeAt = time
            schedule(.wake, at: max(time, now + 1))
        }
    }

    private mutating func answerQuestion(now: Int64) {
        listings += 1
        let answer: Result<ShardMap, KinesisError>
        if chance(listingDenied) {
            answer = .failure(KinesisError(.accessDenied, "model"))
        } else if chance(listingFailed) {
            answer = .failure(KinesisError(.requestTimeout, "model"))
        } else {
            // What the stream is now, though it may be another when the answer comes.
            answer = shards.map.map { .success($0) } ?? .failure(KinesisError(.invalidResponse, "model"))
        }
        schedule(.listed(answer), at: now + Int64.random(in: 1_000_000...3_000_000_000, using: &random))
    }

    private mutating func reshard(now: Int64) {
        let index = Int.random(in: 0..<shards.shards.count, using: &random)
        if Bool.random(using: &random) || shards.shards.count == 1 {
            shards.split(index, now: now)
        } else {
            shards.merge(min(index, shards.shards.count - 2), now: now)
        }
    }

    /// Calls a record back, and what was handed over of its key before.
    private mutating func recall() {
        guard submitted > 0 else { return }
        let last = max(0, submitted - 1 - Int.random(in: 0..<options.heldRecordsMax, using: &random))
        for token in 0...last where records[token].key == records[last].key && outcomes[UInt64(token)] == nil {
            recalled.insert(token)
            recalls.add(UInt64(token))
        }
    }

    private func hash(_ token: Int) -> UInt64 { HashKey.prefix("key-\(records[token].key)") }

    /// What Kinesis and the network make of a request.
    private mutating func send(_ request: ProducerRequest, now: Int64) {
        checkRequest(request)
        for record in request.members.joined() where recalled.contains(Int(record.token)) {
            violations.append("\(record.token) is sent although it was called back")
        }
        let groups = request.members.map { $0.map { Int($0.token) } }
        let tokens = groups.flatMap(\.self)
        let isFaulty = now < faultsEndAt
        let latency = Int64.random(in: 1_000_000...30_000_000, using: &random)
        let slow = isFaulty && chance(faults.slow) ? Int64.random(in: 0...2_500_000_000, using: &random) : 0
        let answerAt = now + latency + slow
        func fails(_ probability: Double) -> Bool { isFaulty && chance(probability) }

        if fails(faults.connectionFailed) {
            schedule(.answer(request, .failure(KinesisError(.connectionFailed, "model"))), at: answerAt)
        } else if !takesCBOR, request.wire == .cbor {
            let refusal = Self.refusalsOfCBOR[Int.random(in: Self.refusalsOfCBOR.indices, using: &random)]
            if refusal.isAmbiguous { ambiguousRecords.formUnion(tokens) }
            schedule(.answer(request, .failure(refusal)), at: answerAt)
        } else if fails(faults.requestThrottled) {
            schedule(.answer(request, .failure(KinesisError(.throughputExceeded, "model"))), at: answerAt)
        } else if tokens.contains(where: { records[$0].isPoison })
            || groups.contains(where: isRefused)
        {
            schedule(.answer(request, .failure(KinesisError(.validation, "model"))), at: answerAt)
        } else if fails(faults.requestFailedBefore) {
            ambiguousRecords.formUnion(tokens)
            schedule(.answer(request, .failure(KinesisError(.internalFailure, "model"))), at: answerAt)
        } else if fails(faults.timedOut) {
            // Committed not at all, or at any instant up to the end of the guard.
            ambiguousRecords.formUnion(tokens)
            let timeout = Nanoseconds(requestTimeout)
            if chance(0.7) {
                let latest = timeout + Nanoseconds(options.ambiguityGuard)
                schedule(.commit(survivors(groups, now)), at: now + Int64.random(in: 1..<latest.count, using: &random))
            }
            schedule(.answer(request, .failure(KinesisError(.requestTimeout, "model"))), at: now + timeout.count)
        } else {
            let written = survivors(groups, now)
            schedule(.commit(written), at: now + Int64.random(in: 1...(answerAt - now), using: &random))
            if fails(faults.committedThenDropped) {
                ambiguousRecords.formUnion(tokens)
                schedule(.answer(request, .failure(KinesisError(.connectionLost, "model"))), at: answerAt)
            } else {
                let results = groups.map { group -> RecordResult in
                    written.contains(group)
                        ? .written(Receipt(shardID: shardName(group[0]), sequenceNumber: "\(group[0])"))
                        : .failed(KinesisError(group[0] % 3 == 0 ? .internalFailure : .throughputExceeded, "model"))
                }
                schedule(.answer(request, .success(results)), at: answerAt + 1)
            }
        }
    }

    private func isRefused(_ group: [Int]) -> Bool {
        guard group.count > 1, aggregatesRefused > 0 else { return false }
        var dice = SplitMix64(seed: seed &+ UInt64(group[0] << 16 + group.count))
        return Double.random(in: 0..<1, using: &dice) < aggregatesRefused
    }

    /// What services without CBOR say.
    private static let refusalsOfCBOR = [
        KinesisError(.serialization, "model", httpStatus: 400),
        KinesisError(KinesisError.Code(rawValue: "UnknownOperationException"), "model", httpStatus: 404),
        .response(status: 404, body: [], wire: .cbor),
        .response(status: 500, body: Array("<html>".utf8), wire: .cbor),
    ]

    /// The records of a request, or aggregates, that no fault of their own stops.
    private mutating func survivors(_ groups: [[Int]], _ now: Int64) -> [[Int]] {
        let admitted = groups.filter { group in
            shards.admit(hash(group[0]), bytes: 60 * group.count, now: now).isAdmitted
        }
        guard now < faultsEndAt else { return admitted }
        return admitted.filter { _ in !chance(faults.recordThrottled) && !chance(faults.recordInternalFailure) }
    }

    private func shardName(_ token: Int) -> String { shards.shards[shards.index(of: hash(token))].name }

    private mutating func commit(_ group: [Int]) {
        guard let end = group.last.map({ records[$0] }) else { return }
        // An aggregate that is there twice repeats all of its records; what counts is what it ends with.
        if let last = lastCommitted[end.key], end.sequence < last {
            violations.append("key \(end.key): \(end.sequence) was written after \(last)")
        }
        for token in group {
            let (key, sequence, _, _) = records[token]
            log.append((key, sequence))
            let last = lastCommitted[key, default: 0]
            if sequence <= last, !ambiguousRecords.contains(token) {
                violations.append("key \(key): \(sequence) was written twice without an ambiguous failure")
            }
            if let outcome = outcomes[UInt64(token)] {
                violations.append("key \(key): \(sequence) was written after it was settled as \(outcome)")
            }
            if !committedTokens.contains(token),
                let skipped = records.firstIndex(where: { $0.key == key && $0.sequence == sequence - 1 }),
                !records[skipped].isPoison, !records[skipped].isOversized, !committedTokens.contains(skipped),
                !recalled.contains(skipped)
            {
                violations.append("key \(key): \(sequence) was written before \(sequence - 1)")
            }
            lastCommitted[key] = max(last, sequence)
            committedTokens.insert(token)
        }
    }

    // MARK: Promises

    private mutating func checkRequest(_ request: ProducerRequest) {
        if request.wire == .cbor, wiresSent.contains(.json) { violations.append("CBOR is sent after JSON") }
        wiresSent.insert(request.wire)
        if request.records.isEmpty || request.records.count > options.recordsPerRequest {
            violations.append("a request has \(request.records.count) records")
        }
        let stream = request.streamRecords
        let bytes = stream.reduce(0) { $0 + $1.countedBytes }
        if request.records.count > 1, bytes > options.requestBytesTarget {
            violations.append("a request of \(request.records.count) records has \(bytes) bytes")
        }
        for (record, members) in zip(stream, request.members) { checkAggregate(record, members) }
        for record in request.records where !keysOnTheWay.insert(records[Int(record.token)].key).inserted {
            violations.append("two records of key \(records[Int(record.token)].key) are on their way")
        }
    }

    /// What readers unpack is what was submitted.
    private mutating func checkAggregate(_ record: KinesisRecord, _ members: [KinesisRecord]) {
        let aggregate = KPLAggregate(record.data)
        guard members.count > 1 else {
            if aggregate != nil { violations.append("\(record.token) goes alone and as an aggregate") }
            return
        }
        largestAggregate = max(largestAggregate, members.count)
        if record.countedBytes > options.aggregateBytesMax ?? 0 {
            violations.append("an aggregate has \(record.countedBytes) bytes")
        }
        let expected = members.map { KPLAggregate.Member(partitionKey: record.partitionKey, data: $0.data) }
        if aggregate?.members != expected { violations.append("the aggregate of \(record.token) holds something else") }
        if members.contains(where: { records[Int($0.token)].key != records[Int(record.token)].key }) {
            violations.append("the aggregate of \(record.token) has records of several keys")
        }
    }

    private mutating func notePlaces(_ request: ProducerRequest, _ results: [RecordResult]) {
        for (members, result) in zip(request.members, results) {
            guard case .written(let receipt) = result else { continue }
            for (place, member) in members.enumerated() {
                places[Int(member.token)] = (receipt.sequenceNumber, members.count > 1 ? place : nil)
            }
        }
    }

    private mutating func settled(_ settlement: Settlement) {
        let token = Int(settlement.token)
        let text: String
        switch settlement.outcome {
        case .delivered(let receipt):
            text = "delivered"
            if !committedTokens.contains(token) { violations.append("\(token) is called delivered but is not written") }
            let isOwn = places[token].map { $0 == (receipt.sequenceNumber, receipt.subsequenceNumber) } ?? false
            if !isOwn { violations.append("\(token) has another record's receipt") }
        case .rejected(let error):
            text = error.code.rawValue
            let mayBeRejected =
                records[token].isPoison || records[token].isOversized || error.code == .attemptsExhausted
            if !mayBeRejected { violations.append("\(token) is rejected: \(error)") }
        case .recalled(let mayBeWritten):
            text = "recalled"
            recalledCount += 1
            if committedTokens.contains(token), !mayBeWritten {
                violations.append("\(token) is called not written (recalled) but is")
            }
            if !recalled.contains(token) { violations.append("\(token) is called back by nobody") }
        case .destinationFailed(let error, let mayBeWritten):
            text = "destinationFailed"
            if committedTokens.contains(token), !mayBeWritten {
                violations.append("\(token) is called not written (\(error.code.rawValue)) but is")
            }
        }
        recalls.remove(settlement.token)
        if let earlier = outcomes.updateValue(text, forKey: settlement.token) {
            violations.append("\(token) is settled twice: \(earlier), \(text)")
        }
    }

    private mutating func check(_ machine: ProducerStateMachine) {
        let statistics = machine.statistics
        if statistics.requestsInFlight > options.requestsMax {
            violations.append("\(statistics.requestsInFlight) requests are on their way")
        }
        if statistics.heldRecords > options.heldRecordsMax {
            violations.append("\(statistics.heldRecords) records are held")
        }
        if statistics.heldRecords != submitted - outcomes.count {
            violations.append("\(statistics.heldRecords) are held of \(submitted) with \(outcomes.count) settled")
        }
    }

    private mutating func checkEnd() {
        if outcomes.count != records.count { violations.append("\(outcomes.count) of \(records.count) are settled") }
        if statistics.heldRecords != 0 || statistics.heldBytes != 0 || statistics.keys != 0 {
            violations.append(
                "at the end \(statistics.heldRecords) records, \(statistics.heldBytes) bytes, \(statistics.keys) keys are held"
            )
        }
    }

    // MARK: Chance and time

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

    private mutating func nextEvent() -> Event? { events.popLast() }
}
