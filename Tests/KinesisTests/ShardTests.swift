import Testing

@testable import Kinesis

/// Which shard a record goes to, and when a producer asks which shards there are.
@Suite struct ShardTests {
    private static func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    private static func machine() -> ProducerStateMachine {
        ProducerStateMachine(options: ProducerOptions(), requestTimeout: .seconds(10), seed: 1)
    }

    private static func record(_ token: UInt64, bytes: Int = 8) -> KinesisRecord {
        KinesisRecord(
            token: token,
            orderingKey: OrderingKey(high: 0, low: token),
            partitionKey: "key-\(token)",
            data: [UInt8](repeating: 0, count: bytes)
        )
    }

    @Test(
        arguments: [
            ("", 0xd41d_8cd9_8f00_b204), ("a", 0x0cc1_75b9_c0f1_b6a8), ("abc", 0x9001_5098_3cd2_4fb0),
            ("message digest", 0xf96b_697d_7cb7_938d),
            (String(repeating: "1234567890", count: 8), 0x57ed_f4a2_2be3_c955),
        ] as [(String, UInt64)]
    )
    func `partition keys are hashed as RFC 1321 says`(_ key: String, _ prefix: UInt64) {
        #expect(HashKey.prefix(key) == prefix)
    }

    @Test func `a hash key belongs to the shard that begins at or before it`() throws {
        let map = try #require(
            ShardMap([.init(id: "b", start: 100), .init(id: "c", start: .max), .init(id: "a", start: 0)])
        )

        let found = [0, 99, 100, 101, .max - 1, .max].map { map.id(map.lane(of: $0)) }

        #expect(found == ["a", "a", "b", "b", "b", "c"])
    }

    @Test func `a list that leaves hash keys to nobody, or to two, is not believed`() {
        #expect(ShardMap([]) == nil)
        #expect(ShardMap([.init(id: "a", start: 1)]) == nil)
        #expect(ShardMap([.init(id: "a", start: 0), .init(id: "b", start: 0)]) == nil)
        let many = (0...UInt64(ShardMap.shardsMax)).map { ShardMap.Shard(id: "\($0)", start: $0) }
        #expect(ShardMap(many) == nil && ShardMap(many.dropLast()) != nil)
    }

    @Test func `while shards are not known every hash key has one of equal parts`() {
        let map = ShardMap.unknown

        #expect(map.count == ShardMap.partCount && !map.isKnown)
        #expect((0..<map.count).allSatisfy { map.lane(of: map.start($0)) == $0 && map.id($0) == nil })
        #expect(map.lane(of: .max) == map.count - 1)
    }

    // MARK: Questions

    @Test func `shards are asked for once at a time, every minute or so, and after signs`() throws {
        var backoff = Backoff(base: Nanoseconds(.milliseconds(100)), max: Nanoseconds(.seconds(20)), seed: 1)
        var questions = ShardQuestions()
        #expect(questions.dueAt == Self.at(0))
        questions.asked()
        questions.noteSign()
        #expect(questions.dueAt == nil, "one is on its way")

        questions.answered(isNews: true, backoff: &backoff, now: Self.at(10))
        #expect(questions.dueAt == Self.at(11), "the sign came after the question")
        questions.asked()
        questions.answered(isNews: false, backoff: &backoff, now: Self.at(11))
        let regular = try #require(questions.dueAt)
        #expect(regular >= Self.at(11 + 48) && regular <= Self.at(11 + 72))

        var pauses: [Int64] = []
        for _ in 0..<8 {
            questions.noteSign()
            pauses.append(try #require(questions.dueAt).nanoseconds / 1_000_000_000 - 11)
            questions.asked()
            questions.answered(isNews: false, backoff: &backoff, now: Self.at(11))
        }
        #expect(pauses == [2, 4, 8, 16, 32, 60, 60, 60], "a sign that means nothing is not followed for ever")
    }

    @Test func `a key that may not ask does not ask again soon, whatever the signs`() throws {
        var backoff = Backoff(base: Nanoseconds(.milliseconds(100)), max: Nanoseconds(.seconds(20)), seed: 1)
        var questions = ShardQuestions()
        questions.asked()
        questions.denied(backoff: &backoff, now: Self.at(0))
        questions.noteSign()

        #expect(try #require(questions.dueAt) >= Self.at(720))
    }

    @Test func `a machine without records asks nothing, and one with records goes on without an answer`() throws {
        var machine = Self.machine()
        #expect(machine.actions(now: Self.at(1)).questions.isEmpty)
        let isTaken = machine.enqueue(Self.record(0), now: Self.at(2))
        let actions = machine.actions(now: Self.at(2))

        #expect(isTaken && actions.questions == [.shards] && actions.requests.count == 1)
        machine.listedShards(.failure(KinesisError(.accessDenied, "no")), now: Self.at(3))
        let request = try #require(actions.requests.first)
        machine.completed(request, results: [.written(Receipt(shardID: "s", sequenceNumber: "1"))], now: Self.at(3))
        #expect(machine.actions(now: Self.at(4)).settlements.map(\.token) == [0])
        #expect(machine.statistics.failure == nil)
    }

    @Test func `a record in another shard than was thought leads to a question`() throws {
        var machine = Self.machine()
        var questions: [StreamQuestion] = []
        for token in 0..<3 as Range<UInt64> {
            let now = Self.at(10 * Int64(token + 1))
            let isTaken = machine.enqueue(Self.record(token), now: now)
            #expect(isTaken)
            let actions = machine.actions(now: now)
            questions += actions.questions
            if token == 0 {
                machine.listedShards(.success(try #require(ShardMap([.init(id: "one", start: 0)]))), now: now)
            }
            let shard = token == 0 ? "one" : "two"
            machine.completed(
                try #require(actions.requests.first),
                results: [.written(Receipt(shardID: shard, sequenceNumber: "1"))],
                now: now
            )
        }

        #expect(questions == [.shards, .shards], "at the start, and for the second record's shard")
    }

    // MARK: Pace

    @Test func `a lane without tokens keeps nobody else waiting`() throws {
        var machine = Self.machine()
        var now: Int64 = 1
        let map = try #require(ShardMap([.init(id: "low", start: 0), .init(id: "high", start: 1 << 63)]))
        machine.listedShards(.success(map), now: Self.at(now))
        let low = (0..<100_000 as Range<UInt64>).lazy.filter { HashKey.prefix("key-\($0)") < 1 << 63 }
        var isTaken = true
        for token in low.prefix(3_000) { isTaken = machine.enqueue(Self.record(token), now: Self.at(now)) && isTaken }
        var sent = 0
        while case let requests = machine.actions(now: Self.at(now)).requests, !requests.isEmpty {
            for request in requests {
                sent += request.records.count
                let result = RecordResult.written(Receipt(shardID: "low", sequenceNumber: "1"))
                machine.completed(
                    request,
                    results: [RecordResult](repeating: result, count: request.records.count),
                    now: Self.at(now)
                )
            }
        }
        #expect(isTaken && sent < 3_000 && sent >= 250, "\(sent) of 3,000 are sent at once")
        let high = try #require((0..<100_000 as Range<UInt64>).lazy.first { HashKey.prefix("key-\($0)") >= 1 << 63 })
        let isHighTaken = machine.enqueue(Self.record(high), now: Self.at(now))

        #expect(isHighTaken)
        let request = try #require(machine.actions(now: Self.at(now)).requests.first)
        #expect(request.records.map(\.token) == [high])
        machine.completed(
            request,
            results: [.written(Receipt(shardID: "high", sequenceNumber: "1"))],
            now: Self.at(now)
        )
        now += 1
        #expect(machine.actions(now: Self.at(now)).requests.count > 1)
    }

    // MARK: Large records

    @Test func `a record over the usual limit is asked about, tried, and refused for its size`() throws {
        var machine = Self.machine()
        let isTaken = machine.enqueue(Self.record(0, bytes: 2 << 20), now: Self.at(1))
        let actions = machine.actions(now: Self.at(1))

        #expect(isTaken && Set(actions.questions) == [.recordLimit, .shards])
        machine.failed(try #require(actions.requests.first), error: KinesisError(.validation, "no"), now: Self.at(2))
        guard case .rejected(let error)? = machine.actions(now: Self.at(2)).settlements.first?.outcome else {
            Issue.record("the record is not rejected")
            return
        }
        #expect(error.code == .recordTooLarge)
    }

    @Test(arguments: [(1 << 20, false), (4 << 20, true), (1 << 40, true), (-1, false)])
    func `what the stream says decides, for a minute`(_ bytesMax: Int, _ isSent: Bool) {
        var machine = Self.machine()
        _ = machine.enqueue(Self.record(0, bytes: 11 << 20), now: Self.at(1))
        #expect(machine.actions(now: Self.at(1)).settlements.count == 1, "no stream takes 11 MiB")
        machine.described(.success(bytesMax), now: Self.at(1))

        _ = machine.enqueue(Self.record(1, bytes: 2 << 20), now: Self.at(2))
        let actions = machine.actions(now: Self.at(2))
        #expect(actions.requests.isEmpty != isSent && actions.settlements.isEmpty == isSent)
        #expect(!actions.questions.contains(.recordLimit))

        _ = machine.enqueue(Self.record(2, bytes: 2 << 20), now: Self.at(90))
        #expect(machine.actions(now: Self.at(90)).questions.contains(.recordLimit), "the limit may have been raised")
    }
}
