import ActivationCore
import ActivationEngine
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// Datasets that end while profiles are stored, over the storage in memory and SQLite (BEHAVIOUR 6.2).
@Suite(.timeLimit(.minutes(5))) struct DatasetRemovalTests {
    private typealias World = EvaluationWorld

    private static let people = 40
    private static let start: Int64 = 1_772_000_000_000
    private static let end = Timestamp(milliseconds: start + 60_000)

    private static func catalog() throws -> CatalogDefinition {
        let instant = Timestamp(milliseconds: 1)
        var catalog = try World.catalog([(1, "step < 50", 1), (2, "xEvent.count() > 0", 1)])
        catalog.mergePolicies = [EngineTests.policy]
        catalog.dataflows = [
            Dataflow(
                id: EngineTests.flow,
                isEnabled: true,
                audiences: (1...2).map {
                    Dataflow.MappedAudience(audience: World.audience($0), createdAt: instant, updatedAt: instant)
                },
                attributes: [["step"]]
            )
        ]
        catalog.datasetEnds = DatasetEnds(["web": end])
        return catalog
    }

    private static func message(_ person: Int, _ members: String, isEvent: Bool = false) throws -> Message {
        let document = try JSONDocument(
            parsing: #"{"identityMap":{"Phone":[{"id":"\#(person)"}]},\#(members)}"#
        )
        return isEvent
            ? try Message(event: document, dataset: "web", namespaces: NamespaceDirectory())
            : try Message(
                record: document,
                dataset: members.contains("90") ? "crm" : "web",
                namespaces: NamespaceDirectory()
            )
    }

    /// Everybody has 90 of the CRM, then 10 and an event of the web.
    private static func fill(_ engine: Engine) async throws {
        _ = try await engine.ingest((0..<people).map { try message($0, #""step":90"#) })
        _ = try await engine.ingest((0..<people).map { try message($0, #""step":10"#) })
        _ = try await engine.ingest(
            (0..<people).map {
                try message($0, #""_id":"e\#($0)","timestamp":"2026-02-25T06:00:00Z""#, isEvent: true)
            }
        )
    }

    private static func run(
        _ storage: some Storage & ControlStore,
        _ time: ManualTime,
        _ body: (Engine, RecordingSink) async throws -> Void
    ) async throws {
        let sink = RecordingSink()
        try await EngineTests.withEngine(
            storage: storage,
            options: EngineOptions(evaluationStep: 3, evaluationStepMin: 3, drainDeadline: .seconds(1)),
            sinks: ClosureSinkFactory { _ in sink },
            time: time
        ) { engine in
            try await engine.update(catalog())
            try await body(engine, sink)
        }
    }

    @Test func `at its instant a dataset ends by itself, and the walk counts what it takes out`() async throws {
        let time = ManualTime(Timestamp(milliseconds: Self.start))
        try await Self.run(InMemoryStorage(), time) { engine, sink in
            try await Self.fill(engine)
            try await World.awaitDone(1...2, in: engine)
            #expect(try await engine.memberCount(World.audience(1)) == Int64(Self.people))
            #expect(engine.removal(ofDataset: "web") == nil)

            time.advance(milliseconds: 60_000)
            try await EngineTests.until { engine.removal(ofDataset: "web")?.isDone ?? false }

            let removal = try #require(engine.removal(ofDataset: "web"))
            #expect(removal.processed == Self.people)
            #expect(removal.total == Self.people)
            #expect(removal.counts.profiles == Self.people)
            #expect(removal.counts.facts == Self.people)
            #expect(removal.counts.events == Self.people)
            #expect(try await engine.memberCount(World.audience(1)) == 0)
            #expect(try await engine.memberCount(World.audience(2)) == 0)
            try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            let last = sink.delivered.suffix(Self.people)
            #expect(try last.allSatisfy { try JSONDocument(parsing: $0.payload).root["step"]?.int64 == 90 })
            let person = Identity(namespace: "Phone", value: "3")
            #expect(try await engine.events(person, limit: 10)?.isEmpty == true)
            #expect(try await engine.profile(person)?.datasets == ["crm"])
        }
    }

    @Test func `an instant that passed while nothing ran counts, and what was cut off goes on`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let time = ManualTime(Timestamp(milliseconds: Self.start))
        func session(_ body: (Engine, RecordingSink) async throws -> Void) async throws {
            let storage = try SQLiteStorage.open(directory: directory)
            do {
                try await Self.run(storage, time, body)
            } catch {
                try? await storage.close()
                throw error
            }
            try await storage.close()
        }
        try await session { engine, _ in
            try await Self.fill(engine)
            try await World.awaitDone(1...2, in: engine)
        }
        time.advance(milliseconds: 3_600_000)
        for _ in 0..<3 {
            try await session { engine, _ in
                try await EngineTests.until { engine.removal(ofDataset: "web").map { $0.processed > 0 } ?? false }
            }
        }
        try await session { engine, _ in
            try await EngineTests.until { engine.removal(ofDataset: "web")?.isDone ?? false }
            let removal = try #require(engine.removal(ofDataset: "web"))
            #expect(removal.counts.facts == Self.people)
            #expect(removal.counts.events == Self.people)
            #expect(try await engine.memberCount(World.audience(1)) == 0)
            let explained = try await engine.explainExports(
                of: Identity(namespace: "Phone", value: "3"),
                by: EngineTests.flow
            )
            #expect(explained?.changes.first?.replayed.change.at == Self.end)
            #expect(explained?.changes.first?.replayed.change.kinds == [.ended, .attributes])
        }
    }
}
