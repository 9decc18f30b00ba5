import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// A dataflow is disabled and enabled again (BEHAVIOUR 3.10).
@Suite(.timeLimit(.minutes(2))) struct ResumeTests {
    private static func message(_ text: String) throws -> Message {
        try Message(record: JSONDocument(parsing: text), dataset: "crm", namespaces: NamespaceDirectory())
    }

    private static func person(_ ids: [String], step: Int) throws -> Message {
        let phones = ids.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        return try message(#"{"identityMap":{"Phone":[\#(phones)]},"step":\#(step)}"#)
    }

    private static func settled(_ engine: Engine, _ storage: any Storage) async throws {
        try await EngineTests.until {
            try await storage.marks(dataflow: EngineTests.flow, after: nil, limit: 1).isEmpty
        }
        try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
    }

    @Test(arguments: StorageKind.allCases)
    func `A22: whoever enters an audience while the dataflow is disabled has one record when it is enabled`(
        kind: StorageKind
    ) async throws {
        let sink = RecordingSink()
        try await kind.run { handle in
            let storage = handle.storage
            try await handle.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
                try await engine.update(EngineTests.catalog(enabled: false))
                for step in 0..<3 { _ = try await engine.ingest([try Self.person(["1"], step: step)]) }
                _ = try await engine.ingest([try Self.person(["2"], step: -1)])
                #expect(try await storage.marks(dataflow: EngineTests.flow, after: nil, limit: 9).count == 1)
                #expect(sink.delivered.isEmpty)

                try await engine.update(EngineTests.catalog())

                try await Self.settled(engine, storage)
                let books = try await engine.books(EngineTests.flow)
                #expect(books.counters == DataflowCounters(triggered: 4, delivered: 1, suppressedDisabled: 3))
            }
        }
        #expect(EngineTests.steps(sink) == [[2]])
    }

    @Test(arguments: StorageKind.allCases)
    func `what was left undone is made up for after a restart, with exits and the state of that moment`(
        kind: StorageKind
    ) async throws {
        let sink = RecordingSink()
        try await kind.run { handle in
            try await handle.withEngine(sinks: ClosureSinkFactory { _ in RecordingSink() }) { engine in
                try await engine.update(EngineTests.catalog())
                _ = try await engine.ingest([try Self.person(["1"], step: 1)])
                try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
                try await engine.update(EngineTests.catalog(enabled: false))
                _ = try await engine.ingest([try Self.person(["1"], step: -1)])
                _ = try await engine.ingest((0..<500).map { try Self.person(["m\($0)"], step: $0) })
            }
            let storage = handle.storage
            try await handle.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
                try await engine.update(EngineTests.catalog())
                try await Self.settled(engine, storage)
            }
        }
        #expect(sink.delivered.count == 501)
        let exits = sink.delivered.filter { String(decoding: $0.payload, as: UTF8.self).contains("exited") }
        #expect(exits.count == 1)
    }

    @Test(arguments: StorageKind.allCases)
    func `two marked profiles that merge have one record, and a live record leaves nothing to make up for`(
        kind: StorageKind
    ) async throws {
        let sink = RecordingSink()
        try await kind.run { handle in
            let storage = handle.storage
            try await handle.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
                try await engine.update(EngineTests.catalog(enabled: false))
                _ = try await engine.ingest([try Self.person(["a"], step: 1), try Self.person(["b"], step: 2)])
                _ = try await engine.ingest([try Self.person(["a", "b"], step: 3)])
                _ = try await engine.ingest([try Self.person(["c"], step: 4)])
                #expect(try await storage.marks(dataflow: EngineTests.flow, after: nil, limit: 9).count == 2)
                try await engine.update(EngineTests.catalog())
                _ = try await engine.ingest([try Self.person(["c"], step: 5)])
                try await Self.settled(engine, storage)
            }
        }
        let steps = EngineTests.steps(sink).sorted { $0[0] < $1[0] }
        #expect(steps == [[3], [5]] || steps == [[3], [4, 5]], "\(steps)")
    }

    @Test(arguments: StorageKind.allCases)
    func `what is forgotten is not made up for`(kind: StorageKind) async throws {
        let sink = RecordingSink()
        try await kind.run { handle in
            try await handle.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
                try await engine.update(EngineTests.catalog(enabled: false))
                _ = try await engine.ingest([try Self.person(["1"], step: 1)])
                try await engine.update(EngineTests.catalog()) { () throws(StorageError) in
                    try await engine.dropMarks(EngineTests.flow)
                    return nil
                }
                _ = try await engine.ingest([try Self.person(["2"], step: 2)])
                try await EngineTests.until { try await engine.books(EngineTests.flow).counters.delivered == 1 }
            }
        }
        #expect(EngineTests.steps(sink) == [[2]])
    }

    @Test func `how far it is shows while it is at it, and only then`() async throws {
        let storage = InMemoryStorage()
        let watched = SimulatedStorage(storage)
        let engine = try await Engine(
            storage: watched,
            control: storage,
            sinks: ClosureSinkFactory { _ in RecordingSink() },
            time: ManualTime(),
            options: EngineOptions(evaluationStep: 10, evaluationStepMin: 10, drainDeadline: .seconds(1)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let seen = Mutex<[ResumeProgress]>([])
        try await EngineTests.running(engine) {
            try await engine.update(EngineTests.catalog(enabled: false))
            _ = try await engine.ingest((0..<25).map { try EngineTests.record($0, step: 1) })
            #expect(engine.resumeProgress(EngineTests.flow) == nil)
            watched.prepare(
                SimulatedStorage.Script {
                    guard let progress = engine.resumeProgress(EngineTests.flow) else { return }
                    seen.withLock { if $0.last != progress { $0.append(progress) } }
                }
            )
            try await engine.update(EngineTests.catalog())
            try await Self.settled(engine, storage)
            try await EngineTests.until { engine.resumeProgress(EngineTests.flow) == nil }
        }
        #expect(seen.withLock { $0 } == [0, 10, 20].map { ResumeProgress(processed: $0, total: 25) })
    }

    @Test(arguments: StorageKind.allCases)
    func `a record of a profile that merges in the same batch leaves the survivor's mark`(kind: StorageKind)
        async throws
    {
        try await kind.run { handle in
            let storage = handle.storage
            let engine = try await SimulatedEngine(
                storage,
                control: storage,
                time: ManualTime(),
                options: EngineOptions()
            )
            func perform(_ pieces: [SimulatedEngine.Piece]) async throws {
                for answer in await engine.perform(pieces) { _ = try answer.get() }
            }
            func marks() async throws -> [ResumeMark] {
                try await storage.marks(dataflow: EngineTests.flow, after: nil, limit: 9)
            }
            try await perform([.catalog(CatalogChange(definition: EngineTests.catalog(enabled: false)))])
            try await perform([.messages([try Self.person(["a"], step: 1), try Self.person(["a"], step: -1)])])
            try await perform([.catalog(CatalogChange(definition: EngineTests.catalog()))])
            try await perform([.messages([try Self.person(["b"], step: 1)])])
            let left = try await marks()
            #expect(left.count == 1)

            // b leaves, which makes a record; then both are one, which does not.
            try await perform([.messages([try Self.person(["b"], step: -1), try Self.person(["a", "b"], step: -2)])])

            #expect(try await marks() == left)
        }
    }

    @Test func `who left more than 30 days ago is not told of any more`() async throws {
        let sink = RecordingSink()
        let time = ManualTime()
        try await StorageKind.memory.run { handle in
            try await handle.withEngine(sinks: ClosureSinkFactory { _ in sink }, time: time) { engine in
                try await engine.update(EngineTests.catalog())
                _ = try await engine.ingest([try Self.person(["1"], step: 1)])
                try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
                try await engine.update(EngineTests.catalog(enabled: false))
                _ = try await engine.ingest([try Self.person(["1"], step: -1)])
                #expect(try await handle.storage.marks(dataflow: EngineTests.flow, after: nil, limit: 9).count == 1)
                time.advance(milliseconds: 31 * 86_400_000)
                try await engine.update(EngineTests.catalog())
                try await Self.settled(engine, handle.storage)
            }
        }
        #expect(EngineTests.steps(sink) == [[1]])
    }

    @Test func `a walk in small steps under load leaves each profile with its last state`() async throws {
        let sink = RecordingSink()
        let storage = InMemoryStorage()
        let options = EngineOptions(evaluationStep: 7, evaluationStepMin: 3, drainDeadline: .seconds(1))
        try await EngineTests.withEngine(
            storage: storage,
            options: options,
            sinks: ClosureSinkFactory { _ in sink }
        ) { engine in
            try await engine.update(EngineTests.catalog(enabled: false))
            _ = try await engine.ingest((0..<200).map { try EngineTests.record($0, step: 1) })
            try await engine.update(EngineTests.catalog())
            for step in 2..<12 {
                _ = try await engine.ingest((0..<20).map { try EngineTests.record($0 * 10, step: step) })
            }
            try await Self.settled(engine, storage)
        }
        let steps = EngineTests.steps(sink)
        #expect(steps.count == 200)
        for own in steps {
            #expect(own == own.sorted() && Set(own).count == own.count, "\(own)")
            #expect(own.last == 1 || own.last == 11)
        }
        #expect(steps.count { $0.last == 11 } == 20)
    }
}
