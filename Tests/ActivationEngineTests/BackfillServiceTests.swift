import ActivationCore
import Foundation
import SQLiteStorage
import TestSupport
import Testing

@testable import ActivationEngine

/// Backfills with the engine running, in memory and on SQLite (BEHAVIOUR 3.8).
@Suite(.timeLimit(.minutes(5))) struct BackfillServiceTests {
    typealias Stored = any Storage & ControlStore

    private static let members = 600
    private static let order = Backfill.ID(uuid: UUIDBytes(high: 7, low: 1))

    /// Runs the body on a storage of each kind; opening it again is a new process.
    private static func onEachStorage(_ body: (() async throws -> Stored) async throws -> Void) async throws {
        let memory = InMemoryStorage()
        try await body {
            memory.crash()
            return memory
        }
        let directory = FileManager.default.temporaryDirectory.appending(path: "backfill-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var last: SQLiteStorage?
        try await body {
            try await last?.close()
            let storage = try SQLiteStorage.open(directory: directory)
            last = storage
            return storage
        }
        try await last?.close()
    }

    private static func withEngine(
        _ storage: Stored,
        _ sink: RecordingSink,
        rate: Int = 100_000,
        batchBytesMax: Int = 64 << 20,
        time: ManualTime,
        _ body: (Engine) async throws -> Void
    ) async throws {
        try await EngineTests.withEngine(
            storage: storage,
            options: EngineOptions(
                batchBytesMax: batchBytesMax,
                backfillRecordsPerSecond: rate,
                drainDeadline: .seconds(1)
            ),
            sinks: ClosureSinkFactory { _ in sink },
            time: time,
            body
        )
    }

    /// The catalog with the audience mapped or not, and a backfill ordered.
    private static func catalog(
        mapped: Bool,
        wish: Backfill.Wish? = nil,
        rate: Int? = nil
    ) throws -> CatalogDefinition {
        var catalog = try EngineTests.catalog()
        if !mapped { catalog.dataflows[0].audiences = [] }
        catalog.backfills =
            wish.map {
                [
                    Backfill(
                        id: order,
                        dataflow: EngineTests.flow,
                        audiences: [EngineTests.audience],
                        wish: $0,
                        recordsPerSecond: rate
                    )
                ]
            } ?? []
        return catalog
    }

    private static func ingestMembers(_ engine: Engine) async throws {
        try await engine.update(catalog(mapped: false))
        _ = try await engine.ingest((0..<members).map { try EngineTests.record($0, step: $0) })
        #expect(try await engine.memberCount(EngineTests.audience) == members)
    }

    /// How often each member was exported, by its step.
    private static func exports(_ sinks: RecordingSink...) -> [Int64: Int] {
        let steps = sinks.flatMap(\.delivered).compactMap {
            (try? JSONDocument(parsing: $0.payload))?.root["step"]?.int64
        }
        return Dictionary(steps.map { ($0, 1) }, uniquingKeysWith: +)
    }

    private static func awaitEnd(_ engine: Engine, _ state: BackfillRun.State = .completed) async throws {
        try await EngineTests.until { engine.backfillRuns[order]?.state == state }
        try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
    }

    @Test func `A16 whoever qualified before the mapping is exported, once`() async throws {
        try await Self.onEachStorage { open in
            let sink = RecordingSink()
            let time = ManualTime()
            try await Self.withEngine(try await open(), sink, time: time) { engine in
                try await Self.ingestMembers(engine)
                try await engine.update(Self.catalog(mapped: true, wish: .running))
                try await Self.awaitEnd(engine)

                let everybody = Dictionary(uniqueKeysWithValues: (0..<Self.members).map { (Int64($0), 1) })
                #expect(Self.exports(sink) == everybody)
                let run = try #require(engine.backfillRuns[Self.order])
                #expect(run.records == Int64(Self.members))
                #expect(run.processed == Self.members)
                #expect(run.endedAt != nil)
                let counters = try await engine.books(EngineTests.flow).counters
                let all = Int64(Self.members)
                #expect(counters == DataflowCounters(triggered: all, delivered: all))
                // Whoever comes now is exported by that, and by nothing else.
                _ = try await engine.ingest([EngineTests.record(9_999, step: 9_999)])
                try await EngineTests.until { Self.exports(sink)[9_999] == 1 }
            }
        }
    }

    @Test func `an end in the middle repeats nobody and misses nobody`() async throws {
        try await Self.onEachStorage { open in
            let (first, second) = (RecordingSink(), RecordingSink())
            let time = ManualTime()
            try await Self.withEngine(try await open(), first, rate: 400, time: time) { engine in
                try await Self.ingestMembers(engine)
                try await engine.update(Self.catalog(mapped: true, wish: .running))
                try await EngineTests.until { (engine.backfillRuns[Self.order]?.records ?? 0) > 0 }
            }
            let before = Self.exports(first).count
            #expect(before < Self.members)
            try await Self.withEngine(try await open(), second, time: time) { engine in
                _ = try await engine.open(with: Self.catalog(mapped: true, wish: .running))
                try await Self.awaitEnd(engine)
                #expect(engine.backfillRuns[Self.order]?.records == Int64(Self.members))
            }
            let everybody = Dictionary(uniqueKeysWithValues: (0..<Self.members).map { (Int64($0), 1) })
            #expect(Self.exports(first, second) == everybody)
        }
    }

    @Test func `a clock that is set back meanwhile changes nothing of it`() async throws {
        try await Self.onEachStorage { open in
            let (first, second) = (RecordingSink(), RecordingSink())
            let time = ManualTime()
            try await Self.withEngine(try await open(), first, rate: 400, time: time) { engine in
                try await Self.ingestMembers(engine)
                time.advance(milliseconds: 1_000)
                try await engine.update(Self.catalog(mapped: true, wish: .running))
                try await EngineTests.until { (engine.backfillRuns[Self.order]?.records ?? 0) > 0 }
            }
            time.advance(milliseconds: -7_200_000)
            let late = Int64(Self.members - 1)
            try await Self.withEngine(try await open(), second, time: time) { engine in
                _ = try await engine.open(with: Self.catalog(mapped: true, wish: .running, rate: 400))
                // Whoever qualifies or changes now does so after the order, whatever the clock says.
                _ = try await engine.ingest([
                    EngineTests.record(9_999, step: 9_999), EngineTests.record(Self.members - 1, step: 10_000),
                ])
                try await Self.awaitEnd(engine)
                #expect(engine.backfillRuns[Self.order]?.records == Int64(Self.members))
            }
            var expected = Dictionary(uniqueKeysWithValues: (0..<Self.members - 1).map { (Int64($0), 1) })
            expected[9_999] = 1
            var exports = Self.exports(first, second)
            // His own change, and his turn after it or before.
            #expect((exports[10_000] ?? 0) + (exports[late] ?? 0) == 2)
            (exports[10_000], exports[late]) = (nil, nil)
            #expect(exports == expected)
        }
    }

    @Test func `nobody is missed who becomes one with somebody the walk has passed by`() async throws {
        try await Self.onEachStorage { open in
            let sink = RecordingSink()
            try await Self.withEngine(try await open(), sink, rate: 400, time: ManualTime()) { engine in
                let stranger = { (fields: String) in
                    try Message(
                        record: JSONDocument(parsing: "{\(fields)}"),
                        dataset: "crm",
                        namespaces: NamespaceDirectory()
                    )
                }
                try await engine.update(Self.catalog(mapped: false))
                _ = try await engine.ingest([stranger(#""identityMap":{"Phone":[{"id":"s"}]},"other":1"#)])
                try await Self.ingestMembers(engine)
                var catalog = try Self.catalog(mapped: true, wish: .running)
                catalog.dataflows[0].options.triggers = .membership
                try await engine.update(catalog)
                try await EngineTests.until { (engine.backfillRuns[Self.order]?.records ?? 0) > 0 }
                let last = Self.members - 1
                _ = try await engine.ingest([
                    stranger(#""identityMap":{"Phone":[{"id":"s","primary":true},{"id":"\#(last)"}]},"other":2"#)
                ])
                try await Self.awaitEnd(engine)

                let everybody = Dictionary(uniqueKeysWithValues: (0..<Self.members).map { (Int64($0), 1) })
                #expect(Self.exports(sink) == everybody)
                #expect(engine.backfillRuns[Self.order]?.records == Int64(Self.members))
                // Nobody is owed anything by an order that has ended.
                try await EngineTests.until {
                    try await engine.storage.backfillProgress(scope: .production)[Self.order]?.row == .max
                }
            }
        }
    }

    @Test func `it can be paused, goes on where it was, and can be ended`() async throws {
        let storage = InMemoryStorage()
        let sink = RecordingSink()
        try await Self.withEngine(storage, sink, time: ManualTime()) { engine in
            try await Self.ingestMembers(engine)
            try await engine.update(Self.catalog(mapped: true, wish: .running, rate: 400))
            try await EngineTests.until { (engine.backfillRuns[Self.order]?.records ?? 0) > 0 }
            try await engine.update(Self.catalog(mapped: true, wish: .paused))
            try await EngineTests.until { engine.backfillRuns[Self.order]?.state == .paused }
            let stopped = try await storage.backfillProgress(scope: .production)[Self.order]
            try await engine.update(Self.catalog(mapped: true, wish: .running))
            try await Self.awaitEnd(engine)
            #expect((stopped?.records ?? 0) < Int64(Self.members))
            #expect(Self.exports(sink).values.allSatisfy { $0 == 1 })
            #expect(Self.exports(sink).count == Self.members)

            // Ended ones are forgotten with their orders.
            try await engine.update(Self.catalog(mapped: true))
            try await EngineTests.until { engine.backfillRuns.isEmpty }
            #expect(try await storage.backfillProgress(scope: .production).isEmpty)
            #expect(try await storage.objects(kind: BackfillRun.kind, scope: .production).isEmpty)
        }
    }

    @Test func `it ends when somebody ends it, or when none of its audiences is mapped any more`() async throws {
        for isUnmapped in [false, true] {
            let sink = RecordingSink()
            try await Self.withEngine(InMemoryStorage(), sink, time: ManualTime()) { engine in
                try await Self.ingestMembers(engine)
                try await engine.update(Self.catalog(mapped: true, wish: .running, rate: 100))
                try await EngineTests.until { (engine.backfillRuns[Self.order]?.records ?? 0) > 0 }
                try await engine.update(
                    Self.catalog(mapped: !isUnmapped, wish: isUnmapped ? .running : .cancelled, rate: 100)
                )
                try await Self.awaitEnd(engine, .cancelled)
                #expect(Self.exports(sink).count < Self.members)
                #expect((engine.backfillRuns[Self.order]?.reason != nil) == isUnmapped)
            }
        }
    }

    @Test func `a step of which only some parts were stored repeats nobody`() async throws {
        let storage = InMemoryStorage()
        // A step is stored in parts, of which a later one fails.
        try await Self.withEngine(storage, RecordingSink(), batchBytesMax: 2_000, time: ManualTime()) { engine in
            try await Self.ingestMembers(engine)
            try await engine.update(Self.catalog(mapped: true, wish: .running))
            for _ in 0..<3 {
                let before = try await storage.backfillProgress(scope: .production)[Self.order]?.records ?? 0
                try await EngineTests.until {
                    let progress = try await storage.backfillProgress(scope: .production)[Self.order]
                    return (progress?.records ?? 0) > before || engine.backfillRuns[Self.order]?.state == .completed
                }
                storage.failNextWrite(with: StorageError(.io, "the disk failed"))
            }
            try await EngineTests.until { engine.backfillRuns[Self.order]?.state == .completed }

            #expect(engine.backfillRuns[Self.order]?.records == Int64(Self.members))
            #expect(try await engine.books(EngineTests.flow).counters.triggered == Int64(Self.members))
        }
    }

    @Test func `it waits for a dataflow that is disabled`() async throws {
        let sink = RecordingSink()
        try await Self.withEngine(InMemoryStorage(), sink, time: ManualTime()) { engine in
            try await Self.ingestMembers(engine)
            var catalog = try Self.catalog(mapped: true, wish: .running)
            catalog.dataflows[0].isEnabled = false
            try await engine.update(catalog)
            try await EngineTests.until { engine.backfillRuns[Self.order]?.state == .waiting }
            #expect(engine.backfillRuns[Self.order]?.reason == "the dataflow is disabled")
            catalog.dataflows[0].isEnabled = true
            try await engine.update(catalog)
            // The sink was closed when the dataflow was disabled, so what is made now waits.
            try await EngineTests.until { engine.backfillRuns[Self.order]?.state == .completed }
            #expect(try await engine.books(EngineTests.flow).counters.triggered == Int64(Self.members))
        }
    }
}
