import ActivationCore
import ActivationEngine
import KinesisLocal
import Testing

@testable import headwater

@Suite struct KinesisSinkTests {
    private func withSink(
        stream: String,
        _ check: (any RecordSink, KinesisLocalServer) async throws -> Void
    ) async throws {
        let server = KinesisLocalServer(configuration: .init(streams: ["events"], enforcesShardLimits: false))
        try await server.start()
        do {
            try await KinesisDestination.forTesting { destination in
                let sink = try await destination.open(
                    target: ["stream": .string(stream)],
                    account: KinesisDestination.account(server.endpoint),
                    for: Dataflow.ID(uuid: UUIDBytes(high: 0, low: 1))
                )
                do {
                    try await check(sink, server)
                } catch {
                    await sink.close(within: .zero)
                    throw error
                }
                await sink.close(within: .seconds(5))
            }
        } catch {
            await server.shutdown()
            throw error
        }
        await server.shutdown()
    }

    private func records(_ count: Int, bytes: Int = 20) -> [SinkRecord] {
        (0..<count).map { index in
            SinkRecord(
                token: Int64(index) - 5,
                orderingKey: Profile.ID(uuid: UUIDBytes(high: 0, low: UInt64(index % 7))),
                partitionKey: "p\(index % 7)",
                payload: Array(("\(index) " + String(repeating: "x", count: bytes)).utf8)
            )
        }
    }

    private func reports(_ sink: any RecordSink, _ count: Int) async -> [Int64: SinkOutcome] {
        var outcomes: [Int64: SinkOutcome] = [:]
        for await event in sink.events {
            guard case .reports(let batch) = event else { continue }
            for report in batch { outcomes[report.token] = report.outcome }
            if outcomes.count >= count { break }
        }
        return outcomes
    }

    @Test func `every record is reported with shard and sequence number and arrives in the order of its key`()
        async throws
    {
        try await withSink(stream: "events") { sink, server in
            #expect(await sink.submit(records(200)) == 200)
            let outcomes = await reports(sink, 200)

            #expect(Set(outcomes.keys) == Set((-5)..<195))
            for outcome in outcomes.values {
                guard case .delivered(let receipt) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(receipt.hasPrefix("shardId-0000"))
            }
            for key in 0..<7 {
                let numbers = server.records(ofStream: "events").flatMap { $0 }
                    .filter { $0.partitionKey == "p\(key)" }
                    .compactMap { Int(String(decoding: $0.data, as: UTF8.self).prefix { $0 != " " }) }
                #expect(numbers == Array(stride(from: key, to: 200, by: 7)))
            }
        }
    }

    @Test func `a record over the limit is rejected under its own name`() async throws {
        try await withSink(stream: "events") { sink, _ in
            _ = await sink.submit(records(1, bytes: 2 << 20))
            let outcome = try #require(await reports(sink, 1).values.first)

            guard case .recordRejected(let code, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(code == "MESSAGE_TOO_LARGE")
        }
    }

    @Test func `a missing stream fails the destination`() async throws {
        try await withSink(stream: "absent") { sink, _ in
            _ = await sink.submit(records(3))

            for outcome in await reports(sink, 3).values {
                guard case .destinationFailed(let code, _) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(code == "ResourceNotFoundException")
            }
        }
    }
}
