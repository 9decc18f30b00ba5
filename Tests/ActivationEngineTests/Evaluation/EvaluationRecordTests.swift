import ActivationCore
import ActivationEngine
import TestSupport
import Testing

/// What an evaluation that somebody asks for sends.
@Suite(.timeLimit(.minutes(5))) struct EvaluationRecordTests {
    private typealias World = EvaluationWorld

    /// A catalog with one audience that is mapped to a dataflow.
    private static func catalog(_ expression: String) throws -> CatalogDefinition {
        var catalog = try World.catalog([(1, expression, 1)])
        let instant = Timestamp(milliseconds: 1)
        let mapped = Dataflow.MappedAudience(audience: World.audience(1), createdAt: instant, updatedAt: instant)
        catalog.dataflows = [
            Dataflow(id: EngineTests.flow, isEnabled: true, audiences: [mapped], attributes: [["step"]])
        ]
        return catalog
    }

    /// What a sink was sent: the number of each profile with its status in the audience.
    private static func statuses(_ sink: RecordingSink) throws -> [(step: Int64, status: String)] {
        try sink.delivered.map { record in
            let root = try JSONDocument(parsing: record.payload).root
            let membership = root["segmentMembership"]?["ups"]?[World.audience(1).uuid.description]
            return (try #require(root["step"]?.int64), try #require(membership?["status"]?.string))
        }
    }

    @Test func `A24 a job that moves members sends a record for each and none for the others`() async throws {
        let world = World()
        try await world.run { engine in
            try await engine.update(Self.catalog("step < 50"))
            try await World.awaitDone(1...1, in: engine)
            try await EngineTests.until { try await engine.books(EngineTests.flow).counters.delivered == 50 }
        }
        // Another rule under the same version is not noticed, so only the job finds who comes and goes.
        let sink = RecordingSink()
        try await world.run(sink) { engine in
            try await engine.update(Self.catalog("step >= 40 and step < 55"))
            let job = try await World.awaitEnd(engine.evaluate([World.audience(1)]), in: engine)
            let again = try await World.awaitEnd(engine.evaluate([World.audience(1)]), in: engine)

            #expect(job.flips[World.audience(1)]?.realized == 5)
            #expect(job.flips[World.audience(1)]?.exited == 40)
            #expect(again.flips.isEmpty)
            try await EngineTests.until { sink.delivered.count >= 45 }
        }
        let sent = try Self.statuses(sink)
        #expect(sent.count == 45)
        #expect(Set(sent.filter { $0.status == "exited" }.map(\.step)) == Set(0..<40))
        #expect(Set(sent.filter { $0.status == "realized" }.map(\.step)) == Set(50..<55))
    }
}
