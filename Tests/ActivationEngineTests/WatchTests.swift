import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// Watching the records of a dataflow leave.
@Suite(.timeLimit(.minutes(2))) struct WatchTests {
    private static func steps(_ records: [WatchedRecord]) -> [Int64?] {
        records.map { (try? JSONDocument(parsing: $0.row.payload))?.root["step"]?.int64 }
    }

    @Test func `a watcher sees what is settled from then on, with its end`() async throws {
        let sink = RecordingSink { record in
            String(decoding: record.payload, as: UTF8.self).contains(#""step":2,"#) ? .reject : .deliver
        }
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(EngineTests.catalog())
            _ = try await engine.ingest([EngineTests.record(0, step: 0)])
            try await EngineTests.until { try await engine.books(EngineTests.flow).counters.delivered == 1 }
            let others = engine.watch(Dataflow.ID(uuid: UUIDBytes(high: 9, low: 9)))
            let seen = Task { [records = engine.watch(EngineTests.flow)] in
                var seen: [WatchedRecord] = []
                for await record in records {
                    seen.append(record)
                    if seen.count == 3 { break }
                }
                return seen
            }
            for step in 1...3 { _ = try await engine.ingest([EngineTests.record(0, step: step)]) }
            let records = await seen.value

            #expect(Self.steps(records) == [1, 2, 3])
            #expect(records.map { if case .parked = $0.end { true } else { false } } == [false, true, false])
            #expect(records.allSatisfy { $0.missed == 0 })
            try await EngineTests.until { !engine.watchers.watch(over: EngineTests.flow) }
            _ = others
        }
    }

    @Test func `a slow watcher misses some, is told how many, and holds nobody up`() async throws {
        let sink = RecordingSink()
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(EngineTests.catalog())
            let records = engine.watch(EngineTests.flow)
            for start in stride(from: 0, to: 1_000, by: 100) {
                _ = try await engine.ingest((start..<start + 100).map { try EngineTests.record($0, step: $0) })
            }
            try await EngineTests.until { try await engine.books(EngineTests.flow).counters.delivered == 1_000 }
            var iterator = records.makeAsyncIterator()
            for _ in 0..<256 { #expect(await iterator.next()?.missed == 0) }
            _ = try await engine.ingest([EngineTests.record(0, step: 5_000)])
            let next = try #require(await iterator.next())

            #expect(Self.steps([next]) == [5_000])
            #expect(next.missed == 744)
        }
    }

    @Test func `a watch ends with the engine`() async throws {
        let watch = Task {
            let sink = RecordingSink()
            var records: AsyncStream<WatchedRecord>?
            try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
                try await engine.update(EngineTests.catalog())
                records = engine.watch(EngineTests.flow)
            }
            for await _ in try #require(records) {}
        }
        try await watch.value
    }
}
