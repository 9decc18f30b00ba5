import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// Records of stored profiles as a dataflow would send them.
@Suite(.timeLimit(.minutes(5))) struct MessageSampleTests {
    private static let other = Audience.ID(uuid: UUIDBytes(high: 3, low: 2))

    @Test func `a sample is what a backfill sends of the profile, though the dataflow is not in use`() async throws {
        let sink = RecordingSink()
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            let catalog = try EngineTests.catalog(audiences: [
                (EngineTests.audience, "step >= 0"),
                (Self.other, "step >= 3 and inSegment(\"\(EngineTests.audience.uuid)\")"),
            ])
            try await engine.update(catalog)
            _ = try await engine.ingest((0..<5).map { try EngineTests.record($0, step: $0) })
            try await EngineTests.until { sink.delivered.count == 5 }
            let sent = Set(sink.delivered.map(\.payload))
            let dataflow = try #require(catalog.dataflows.first)

            let first = try #require(try await engine.sample(of: dataflow, after: 0, limit: 10))
            #expect(sent.contains(first.payload) && first.reasons == .backfill)
            // Looked for from the last row on and then from the first.
            let rows = try #require(try await engine.profileRows()).upperBound
            let wrapped = try #require(try await engine.sample(of: dataflow, after: rows, limit: 10))
            #expect(wrapped.payload == first.payload)

            var mapped = dataflow
            let instant = Timestamp(milliseconds: 1)
            mapped.audiences = [Dataflow.MappedAudience(audience: Self.other, createdAt: instant, updatedAt: instant)]
            mapped.attributes = []
            let member = try #require(try await engine.sample(of: mapped, after: 0, limit: 10))
            let message = try JSONValue(parsing: member.payload)
            #expect(message["step"] == nil)
            // An audience of the same policy shows while the person is in it.
            #expect(message["segmentMembership"]?["ups"]?.object?.keys.count == 2)
            #expect(try await engine.sample(of: mapped, after: 0, limit: 2) == nil, "nobody of the first two is one")
            mapped.audiences = []
            #expect(try await engine.sample(of: mapped, after: 0, limit: 10) == nil)
        }
    }
}
