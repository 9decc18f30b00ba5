import Dispatch
import Logging
import NIOHTTP1
import Synchronization
import Testing

@testable import Kinesis

/// The shell around the state machine, over real connections.
@Suite struct KinesisProducerTests {
    private static func producer(
        _ client: KinesisClient,
        _ adjust: (inout ProducerOptions) -> Void = { _ in }
    ) throws -> KinesisProducer {
        var options = ProducerOptions()
        options.retryDelayBase = .milliseconds(1)
        options.retryDelayMax = .milliseconds(5)
        adjust(&options)
        return KinesisProducer(
            client: client,
            stream: try StreamReference(name: "orders"),
            options: options,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private static func records(_ count: Int, keys: Int) -> [KinesisRecord] {
        (0..<count).map { index in
            KinesisRecord(
                token: UInt64(index),
                orderingKey: OrderingKey(high: 0, low: UInt64(index % keys)),
                partitionKey: "key-\(index % keys)",
                data: Array("\(index / keys)".utf8)
            )
        }
    }

    /// The partition keys and numbers of a request's records.
    private static func contents(_ call: ScriptedService.Call) -> [(key: String, number: Int)] {
        (call.document?["Records"]?.array ?? []).map { item in
            let number = item["Data"]?.blob.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            return (item["PartitionKey"]?.string ?? "", number ?? -1)
        }
    }

    @Test(arguments: KinesisWire.allCases)
    func `every record arrives in order and is settled although the service throttles and fails`(
        _ wire: KinesisWire
    ) async throws {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("producer seed \(seed)")
        let stream = Mutex((random: SplitMix64(seed: seed), log: [String: [Int]]()))
        try await withClient(wire: wire) { call in
            stream.withLock { stream in
                if Int.random(in: 0...19, using: &stream.random) == 0 {
                    return .error(400, "ProvisionedThroughputExceededException")
                }
                let items = Self.contents(call).map { item -> WireValue in
                    guard Int.random(in: 0...9, using: &stream.random) > 0 else {
                        return ["ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"]
                    }
                    stream.log[item.key, default: []].append(item.number)
                    return ["SequenceNumber": .string("\(item.number)"), "ShardId": "shardId-000000000002"]
                }
                let failures = items.count { $0["ErrorCode"] != nil }
                return .answer(
                    status: 200,
                    ["FailedRecordCount": .integer(Int64(failures)), "Records": .array(items)]
                )
            }
        } _: { client in
            let producer = try Self.producer(client) {
                $0.heldRecordsMax = 500
                $0.recordsPerRequest = 50
            }
            async let serving: Void = producer.run()
            async let submitted = producer.submit(Self.records(3000, keys: 150))

            var settled: Set<UInt64> = []
            while settled.count < 3000, let settlements = await producer.nextSettlements() {
                for settlement in settlements {
                    #expect(settled.insert(settlement.token).inserted)
                    guard case .delivered(let receipt) = settlement.outcome else {
                        Issue.record("\(settlement)")
                        continue
                    }
                    #expect(receipt.sequenceNumber == "\(settlement.token / 150)")
                    #expect(receipt.shardID == "shardId-000000000002")
                }
            }
            #expect(await submitted == 3000)
            await producer.close(within: .seconds(30))
            await serving

            let log = stream.withLock { $0.log }
            #expect(log.count == 150)
            #expect(log.values.allSatisfy { $0 == Array(0..<20) }, "seed \(seed)")
            #expect(await producer.nextSettlements() == nil)
            let statistics = producer.statistics
            #expect(statistics.delivered == 3000 && statistics.heldRecords == 0 && statistics.heldBytes == 0)
        }
    }

    @Test func `a producer goes by the shards that the service lists`() async throws {
        try await withClient(listsShards: true) { call in
            guard call.operation == "PutRecords" else {
                return .answer(
                    status: 200,
                    ["Shards": [["ShardId": "shardId-000000000007", "HashKeyRange": ["StartingHashKey": "0"]]]]
                )
            }
            let items = Self.contents(call).map { _ -> WireValue in
                ["SequenceNumber": "1", "ShardId": "shardId-000000000007"]
            }
            return .answer(status: 200, ["Records": .array(items)])
        } _: { client in
            let producer = try Self.producer(client)
            async let serving: Void = producer.run()
            var number = 0
            // The answer comes when it comes; records go out meanwhile.
            while producer.statistics.shards.count != 1 {
                await producer.submit(Self.records(number + 1, keys: number + 1).suffix(1))
                #expect(await producer.nextSettlements()?.count == 1)
                number += 1
            }
            await producer.submit(Self.records(20, keys: 20))
            await producer.close(within: .seconds(30))
            await serving

            let shards = producer.statistics.shards
            #expect(shards.map(\.shardID) == ["shardId-000000000007"])
            #expect((shards.first?.delivered ?? 0) >= 20 && shards.first?.throttled == 0)
            #expect(producer.statistics.delivered == number + 20)
        }
    }

    @Test func `a lost answer leads to a second copy, never to a lost record`() async throws {
        let log = Mutex<[Int]>([])
        try await withClient(requestTimeout: .milliseconds(500)) { call in
            log.withLock { $0 += Self.contents(call).map(\.number) }
            guard call.number > 1 else { return .dropConnection }
            let items = Self.contents(call).map { _ in ["SequenceNumber": "1", "ShardId": "s"] as WireValue }
            return .answer(status: 200, ["Records": .array(items)])
        } _: { client in
            let producer = try Self.producer(client) { $0.ambiguityGuard = .zero }
            async let serving: Void = producer.run()

            #expect(await producer.submit(Self.records(3, keys: 1)) == 3)
            await producer.close(within: .seconds(30))
            await serving

            #expect(log.withLock { $0 } == [0, 0, 1, 2])
            #expect(await producer.nextSettlements()?.map(\.token) == [0, 1, 2])
            #expect(producer.statistics.duplicatesPossible == 1)
        }
    }

    @Test func `a missing stream fails everything with its reason`() async throws {
        try await withClient { _ in
            .error(400, "ResourceNotFoundException")
        } _: { client in
            let producer = try Self.producer(client)
            async let serving: Void = producer.run()
            await producer.submit(Self.records(30, keys: 3))

            var failed = 0
            while failed < 30, let settlements = await producer.nextSettlements() {
                for settlement in settlements {
                    guard case .destinationFailed(let error, mayBeWritten: false) = settlement.outcome else {
                        Issue.record("\(settlement)")
                        continue
                    }
                    #expect(error.code == .resourceNotFound)
                    failed += 1
                }
            }
            #expect(await producer.submit(Self.records(1, keys: 1)) == 1)
            #expect(await producer.nextSettlements()?.count == 1)
            #expect(producer.statistics.failure?.code == .resourceNotFound)
            await producer.close(within: .seconds(30))
            await serving
        }
    }

    @Test func `submitting waits while memory is full and ends when the producer is closed`() async throws {
        try await withClient(requestTimeout: .milliseconds(200)) { _ in
            .silence
        } _: { client in
            let producer = try Self.producer(client) { $0.heldRecordsMax = 10 }
            async let serving: Void = producer.run()
            async let submitted = producer.submit(Self.records(100, keys: 100))
            // The producer has to be full before it is closed.
            while producer.statistics.heldRecords < 10 { await Task.yield() }

            #expect(producer.statistics.heldRecords == 10)
            await producer.close(within: .milliseconds(1))

            #expect(await submitted == 10)
            await serving
            #expect(await producer.nextSettlements() == nil)
            #expect(await producer.submit(Self.records(1, keys: 1)) == 0)
        }
    }

    @Test func `a cancelled submitter and a cancelled consumer stop waiting`() async throws {
        try await withClient(requestTimeout: .milliseconds(200)) { _ in
            .silence
        } _: { client in
            let producer = try Self.producer(client) { $0.heldRecordsMax = 10 }
            async let serving: Void = producer.run()
            let submitting = Task { await producer.submit(Self.records(100, keys: 100)) }
            let consuming = Task { await producer.nextSettlements() }
            while producer.statistics.heldRecords < 10 { await Task.yield() }

            submitting.cancel()
            consuming.cancel()

            #expect(await submitting.value == 10)
            #expect(await consuming.value == nil)
            await producer.close(within: .zero)
            await serving
        }
    }

    @Test func `closing reports what is on its way, whatever the deadline`() async throws {
        let release = DispatchSemaphore(value: 0)
        let calls = Atomic<Int>(0)
        try await withClient { call in
            calls.add(1, ordering: .sequentiallyConsistent)
            release.wait()
            let items = Self.contents(call).map { _ in ["SequenceNumber": "1", "ShardId": "s"] as WireValue }
            return .answer(status: 200, ["Records": .array(items)])
        } _: { client in
            let producer = try Self.producer(client)
            async let serving: Void = producer.run()
            await producer.submit(Self.records(3, keys: 3))
            while calls.load(ordering: .sequentiallyConsistent) == 0 { await Task.yield() }
            async let closed: Void = producer.close(within: .zero)
            while await producer.submit(Self.records(1, keys: 1)) > 0 {}
            release.signal()
            await closed
            await serving

            #expect(await producer.nextSettlements()?.map(\.token).prefix(3).sorted() == [0, 1, 2])
            #expect(producer.landing == .zero)
        }
    }

    @Test func `a request that may not be sent is tried again and never reached the service`() async throws {
        let attempts = Atomic<Int>(0)
        let calls = Atomic<Int>(0)
        try await withClient { call in
            calls.add(1, ordering: .relaxed)
            let items = Self.contents(call).map { _ in ["SequenceNumber": "1", "ShardId": "s"] as WireValue }
            return .answer(status: 200, ["Records": .array(items)])
        } _: { client in
            struct NotYet: Error {}
            var options = ProducerOptions()
            options.retryDelayBase = .milliseconds(1)
            let producer = KinesisProducer(
                client: client,
                stream: try StreamReference(name: "orders"),
                options: options,
                willSend: { if attempts.add(1, ordering: .relaxed).newValue < 3 { throw NotYet() } },
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            async let serving: Void = producer.run()
            await producer.submit(Self.records(1, keys: 1))
            #expect(await producer.nextSettlements()?.map(\.token) == [0])
            await producer.close(within: .seconds(30))
            await serving

            #expect(attempts.load(ordering: .relaxed) == 3 && calls.load(ordering: .relaxed) == 1)
            #expect(producer.statistics.duplicatesPossible == 0)
        }
    }

    /// Says the same of every request, once records are traced.
    private final class Tracing: RecordTracing {
        static let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let isTracing: Bool
        let asked = Mutex<[[UInt64]]>([])

        init(isTracing: Bool) { self.isTracing = isTracing }

        func trace(of tokens: [UInt64]) -> RequestTrace? {
            asked.withLock { $0.append(tokens) }
            return RequestTrace(traceparent: Self.header, metadata: ["trace.id": "0af7651916cd43dd8448eb211c80319c"])
        }
    }

    @Test(arguments: [true, false])
    func `a request of traced records has their header, unsigned`(_ isTracing: Bool) async throws {
        let headers = Mutex<[(trace: [String], signed: String)]>([])
        try await withClient { call in
            guard call.operation == "PutRecords" else { return .error(400, "AccessDeniedException") }
            headers.withLock {
                $0.append((call.headers["traceparent"], call.headers.first(name: "authorization") ?? ""))
            }
            let items = Self.contents(call).map { _ in ["SequenceNumber": "1", "ShardId": "s"] as WireValue }
            return .answer(status: 200, ["Records": .array(items)])
        } _: { client in
            let tracing = Tracing(isTracing: isTracing)
            let producer = KinesisProducer(
                client: client,
                stream: try StreamReference(name: "orders"),
                tracing: tracing,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            async let serving: Void = producer.run()
            await producer.submit(Self.records(3, keys: 3))
            await producer.close(within: .seconds(30))
            await serving

            let seen = headers.withLock(\.self)
            #expect(!seen.isEmpty)
            #expect(seen.allSatisfy { $0.trace == (isTracing ? [Tracing.header] : []) })
            #expect(seen.allSatisfy { !$0.signed.isEmpty && !$0.signed.contains("traceparent") })
            #expect(tracing.asked.withLock { Set($0.joined()) } == (isTracing ? [0, 1, 2] : []))
        }
    }

    @Test func `cancelling the serving task ends the producer`() async throws {
        try await withClient { _ in
            .silence
        } _: { client in
            let producer = try Self.producer(client)
            let serving = Task { await producer.run() }
            await producer.submit(Self.records(3, keys: 3))

            serving.cancel()
            await serving.value

            #expect(await producer.nextSettlements() == nil)
            await producer.close(within: .seconds(30))
        }
    }
}
