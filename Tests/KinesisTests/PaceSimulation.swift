@testable import Kinesis

/// Drives a producer's state machine with more records than its shards take, over virtual time, and looks at how fast they arrive.
///
/// The shards have the service's limiter; nothing else fails. All of it follows from one seed.
struct PaceSimulation {
    /// What becomes of a shard, by its place among the shards.
    enum Resharding {
        case split(Int)
        /// With the next one.
        case merge(Int)
    }

    private struct Event {
        enum Kind {
            case answer(ProducerRequest, [RecordResult])
            case listed(Result<ShardMap, KinesisError>)
            case reshard(Resharding)
            case wake
        }

        var time: Int64
        var order: Int
        var kind: Kind
    }

    /// No lane with records and a shard that would take them is silent for longer: the longest pause and the gathering of tokens.
    var silenceMax: Int64 = 2_000_000_000

    /// A machine's clock has run for long before the first record.
    private static let boot: Int64 = 86_400_000_000_000

    var shards: SimulatedShards
    /// Of every record, whatever its shard would take.
    var throttledShare = 0.0
    var mayList = true
    var seconds = 20
    var latency: ClosedRange<Int64> = 2_000_000...20_000_000
    /// Bytes of a record's data, but of one in a hundred.
    var bytes = 100
    var largeBytes = 100
    var keyCount = 20_000
    /// In seconds.
    var reshardings: [(second: Int64, Resharding)] = []
    var options = ProducerOptions()

    /// Written records by second.
    private(set) var written: [Int]
    private(set) var writtenBytes = 0
    private(set) var throttled = 0
    private(set) var questions = 0
    private(set) var violations: [String] = []
    private(set) var statistics = ProducerStatistics()

    private var random: SplitMix64
    private var events: [Event] = []
    private var made = 0
    private var submitted: UInt64 = 0
    private var keyOf: [UInt64: Int] = [:]
    private var next: [Int] = []
    private var last: [Int] = []
    private var silentSince: [String: Int64] = [:]
    private var wakeAt: Int64?

    init(seed: UInt64, shards: SimulatedShards) {
        random = SplitMix64(seed: seed)
        self.shards = shards
        written = []
        options.heldRecordsMax = 10_000
    }

    mutating func run() {
        written = [Int](repeating: 0, count: seconds)
        last = [Int](repeating: -1, count: keyCount)
        var machine = ProducerStateMachine(options: options, requestTimeout: .seconds(10), seed: random.next())
        let end = Int64(seconds) * 1_000_000_000
        for (second, resharding) in reshardings { schedule(.reshard(resharding), at: second * 1_000_000_000) }
        schedule(.wake, at: 1)
        wakeAt = 1
        while let event = events.popLast(), event.time < end {
            let now = MonotonicTime(nanoseconds: Self.boot + event.time)
            switch event.kind {
            case .answer(let request, let results): machine.completed(request, results: results, now: now)
            case .listed(let answer): machine.listedShards(answer, now: now)
            case .reshard(.split(let index)): shards.split(index, now: event.time)
            case .reshard(.merge(let index)): shards.merge(index, now: event.time)
            case .wake: if wakeAt == event.time { wakeAt = nil }
            }
            fill(&machine, now: now)
            let actions = machine.actions(now: now)
            for request in actions.requests { send(request, now: event.time) }
            for case .shards in actions.questions { answerQuestion(now: event.time) }
            if let time = actions.wakeUpAt.map({ $0.nanoseconds - Self.boot }), wakeAt.map({ time < $0 }) ?? true {
                if time <= event.time {
                    violations.append("asks to be woken at \(time), which is not after \(event.time)")
                }
                wakeAt = max(time, event.time + 1)
                schedule(.wake, at: max(time, event.time + 1))
            }
            checkSilence(machine, sent: actions.requests, now: event.time)
        }
        statistics = machine.statistics
    }

    /// More records than fit, so that every shard always has some.
    private mutating func fill(_ machine: inout ProducerStateMachine, now: MonotonicTime) {
        while true {
            let key = Int(submitted) % keyCount
            let isTaken = machine.enqueue(
                KinesisRecord(
                    token: submitted,
                    orderingKey: OrderingKey(high: 0, low: UInt64(key)),
                    partitionKey: "key-\(key)",
                    data: [UInt8](repeating: 0, count: submitted.isMultiple(of: 100) ? largeBytes : bytes)
                ),
                now: now
            )
            guard isTaken else { return }
            submitted += 1
        }
    }

    private mutating func send(_ request: ProducerRequest, now: Int64) {
        let arrival = now + Int64.random(in: latency, using: &random) / 2
        var results: [RecordResult] = []
        for record in request.records {
            let isUnlucky = throttledShare > 0 && Double.random(in: 0..<1, using: &random) < throttledShare
            let hash = HashKey.prefix(record.partitionKey)
            let admission =
                isUnlucky
                ? (isAdmitted: false, name: "") : shards.admit(hash, bytes: record.countedBytes, now: arrival)
            guard admission.isAdmitted else {
                throttled += 1
                results.append(.failed(KinesisError(.throughputExceeded, "model")))
                continue
            }
            note(record, at: arrival)
            results.append(.written(Receipt(shardID: admission.name, sequenceNumber: "\(record.token)")))
        }
        schedule(.answer(request, results), at: arrival + Int64.random(in: latency, using: &random) / 2)
    }

    private mutating func note(_ record: KinesisRecord, at arrival: Int64) {
        let key = Int(record.token) % keyCount
        let sequence = Int(record.token) / keyCount
        if sequence != last[key] + 1 { violations.append("key \(key): \(sequence) after \(last[key])") }
        last[key] = sequence
        writtenBytes += record.countedBytes
        let second = Int(arrival / 1_000_000_000)
        if second < written.count { written[second] += 1 }
    }

    private mutating func answerQuestion(now: Int64) {
        questions += 1
        let answer: Result<ShardMap, KinesisError> =
            mayList
            ? shards.map.map { .success($0) } ?? .failure(KinesisError(.invalidResponse, "model"))
            : .failure(KinesisError(.accessDenied, "model"))
        schedule(.listed(answer), at: now + Int64.random(in: latency, using: &random))
    }

    /// A lane that has records ready sends some within a bounded time.
    private mutating func checkSilence(
        _ machine: ProducerStateMachine,
        sent requests: [ProducerRequest],
        now: Int64
    ) {
        let lanes = machine.statistics.shards
        let sent = Set(requests.flatMap(\.contexts).map { machine.ready.map.lane(of: $0.hash) })
        let before = silentSince
        silentSince = [:]
        for (index, lane) in lanes.enumerated() where lane.ready > 0 && !sent.contains(index) {
            let name = lane.shardID ?? "part \(index)"
            let since = before[name] ?? now
            if now - since > silenceMax {
                violations.append("lane \(name) with \(lane.ready) ready is silent from \(since) to \(now)")
            } else {
                silentSince[name] = since
            }
        }
    }

    private mutating func schedule(_ kind: Event.Kind, at time: Int64) {
        made += 1
        let event = Event(time: time, order: made, kind: kind)
        let index = events.firstIndex { ($0.time, $0.order) < (time, made) } ?? events.endIndex
        events.insert(event, at: index)
    }
}

extension PaceSimulation {
    /// What arrives in a second, but for the first two, in which reserves are used up.
    var rate: Double { Double(written.dropFirst(2).reduce(0, +)) / Double(max(1, seconds - 2)) }
}
