import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// What a dataflow would send at once if it became another (BEHAVIOUR 3.19).
@Suite(.timeLimit(.minutes(5))) struct DataflowRehearsalTests {
    private static let audiences = (1...3).map { Audience.ID(uuid: UUIDBytes(high: 3, low: $0)) }
    private static let order = Backfill.ID(uuid: UUIDBytes(high: 7, low: 1))
    private static let alone = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 2)),
        name: "alone",
        attributeMerge: .timestampOrdered,
        identityGraph: .none
    )

    private static func mapped(_ numbers: [Int]) -> [Dataflow.MappedAudience] {
        let instant = Timestamp(milliseconds: 1_000)
        return numbers.map {
            Dataflow.MappedAudience(audience: audiences[$0], createdAt: instant, updatedAt: instant)
        }
    }

    /// Three audiences, of which the last one takes each identity by itself; the first is mapped.
    private static func catalog() throws -> CatalogDefinition {
        var definition = try EngineTests.catalog(audiences: [
            (audiences[0], "step < 10"), (audiences[1], "step % 2 = 0"), (audiences[2], "step % 3 = 0 or size > 1"),
        ])
        definition.mergePolicies.append(alone)
        definition.audiences[2].mergePolicy = alone.id
        definition.dataflows[0].audiences = mapped([0])
        return definition
    }

    /// Persons of one identity and of two.
    private static func fill(_ engine: Engine) async throws {
        _ = try await engine.ingest((0..<150).map { try EngineTests.record($0, step: $0 % 30) })
        for person in 0..<8 {
            let both = #""Phone":[{"id":"\#(person)"}],"Email":[{"id":"\#(person)@x.example","primary":true}]"#
            let message = try Message(
                record: JSONDocument(parsing: #"{"identityMap":{\#(both)},"size":\#(person)}"#),
                dataset: "crm",
                namespaces: NamespaceDirectory()
            )
            _ = try await engine.ingest([message])
        }
    }

    private struct Told {
        var effect = RehearsedEffect()
        var messages: [RehearsedMessage] = []
    }

    private static func told(
        _ dataflow: Dataflow,
        sending added: [Int],
        unmapping unmapped: [Int] = [],
        in engine: Engine
    ) async throws -> Told {
        var rehearsal = engine.rehearsal(
            of: dataflow,
            sending: Set(added.map { audiences[$0] }),
            unmapping: mapped(unmapped),
            asking: nil
        )
        rehearsal.messagesMax = 5
        var (told, row) = (Told(), Int64(0))
        while true {
            let effect = try await engine.effect(of: &rehearsal, after: row, limit: 70)
            told.effect += effect
            guard let last = effect.lastRow else { break }
            row = last
        }
        told.messages = rehearsal.messages
        return told
    }

    /// A payload without the instant that an envelope holds.
    private static func timeless(_ payload: [UInt8]) -> String {
        String(decoding: payload, as: UTF8.self).replacing(/"time":"[^"]*"/, with: "")
    }

    @Test(arguments: [Dataflow.Envelope.none, .cloudEvents])
    func `what is told is what the backfill sends, byte for byte`(envelope: Dataflow.Envelope) async throws {
        let sink = RecordingSink()
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            var catalog = try Self.catalog()
            catalog.dataflows[0].options.envelope = envelope
            try await engine.update(catalog)
            try await Self.fill(engine)
            try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            let before = try await engine.books(EngineTests.flow).counters
            var proposed = catalog.dataflows[0]
            proposed.audiences = Self.mapped([0, 1, 2])
            proposed.attributes.append(Dataflow.MappedAttribute(["size"], destination: ["measure", "size"]))
            proposed.includesSegmentTimestamps = true

            let told = try await Self.told(proposed, sending: [1, 2], in: engine)

            #expect(try await engine.books(EngineTests.flow).counters == before, "asking changes nothing")
            #expect(told.effect.profiles == 150 && told.messages.count == 5)
            let sentBefore = sink.delivered.count
            catalog.dataflows[0] = proposed
            catalog.backfills = [
                Backfill(id: Self.order, dataflow: EngineTests.flow, audiences: [Self.audiences[1], Self.audiences[2]])
            ]
            try await engine.update(catalog)
            try await EngineTests.until { engine.backfillRuns[Self.order]?.state == .completed }
            try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            let sent = sink.delivered.dropFirst(sentBefore)
            // Several views of a profile under the policy that links nobody.
            #expect(told.effect.records == [EngineTests.flow: sent.count] && sent.count > 100)
            #expect(engine.backfillRuns[Self.order]?.records == Int64(sent.count))
            let bytes = sent.map { $0.payload.count + $0.partitionKey.utf8.count }
            #expect(told.effect.bytes == [EngineTests.flow: bytes.reduce(0, +)])
            #expect(told.effect.bytesMax == [EngineTests.flow: bytes.max() ?? 0])
            // The instant of the turn is later than that of the question.
            let payloads = Set(sent.map { Self.timeless($0.payload) })
            for message in told.messages {
                let after = try #require(message.after)
                #expect(message.isSent && payloads.contains(Self.timeless(after.payload)))
                let text = String(decoding: message.before?.payload ?? [], as: UTF8.self)
                #expect(!text.contains("measure") && !text.contains("mappingCreatedAt"))
            }
            #expect(told.messages.contains { $0.before != nil }, "some were in the audience that is mapped already")
        }
    }

    @Test func `who would be told of as unmapped is counted, and shown as exited`() async throws {
        let sink = RecordingSink()
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            var catalog = try Self.catalog()
            catalog.dataflows[0].options.emitsUnmapping = true
            catalog.dataflows[0].audiences = Self.mapped([0, 1])
            try await engine.update(catalog)
            try await Self.fill(engine)
            try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            var proposed = catalog.dataflows[0]
            proposed.audiences = Self.mapped([0])

            let told = try await Self.told(proposed, sending: [], unmapping: [1], in: engine)

            let sentBefore = sink.delivered.count
            catalog.dataflows[0] = proposed
            catalog.backfills = [
                Backfill(id: Self.order, dataflow: EngineTests.flow, unmapped: Self.mapped([1]))
            ]
            try await engine.update(catalog)
            try await EngineTests.until { engine.backfillRuns[Self.order]?.state == .completed }
            try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            let sent = sink.delivered.dropFirst(sentBefore)
            #expect(told.effect.records == [EngineTests.flow: sent.count] && sent.count == 75)
            let payloads = Set(sent.map(\.payload))
            #expect(told.messages.count == 5 && told.messages.allSatisfy { payloads.contains($0.after?.payload ?? []) })
        }
    }

    @Test func `a change that sends nobody shows members as they are and as they would be`() async throws {
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in RecordingSink() }) { engine in
            let catalog = try Self.catalog()
            try await engine.update(catalog)
            try await Self.fill(engine)
            var proposed = catalog.dataflows[0]
            proposed.attributes = []

            let told = try await Self.told(proposed, sending: [], in: engine)

            #expect(told.effect.records.isEmpty && told.messages.count == 5)
            for message in told.messages {
                #expect(!message.isSent)
                #expect(try JSONValue(parsing: message.before?.payload ?? [])["step"] != nil)
                #expect(try JSONValue(parsing: message.after?.payload ?? [])["step"] == nil)
            }
            // Of a dataflow that is not there yet there is no before.
            proposed.id = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 9))
            let new = try await Self.told(proposed, sending: [0], in: engine)
            #expect(new.effect.records == [proposed.id: 50])
            #expect(new.messages.allSatisfy { $0.before == nil && $0.after != nil && $0.isSent })
        }
    }

    @Test func `a rehearsal that nobody waits for any more ends with what it has`() async throws {
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in RecordingSink() }) { engine in
            let catalog = try Self.catalog()
            try await engine.update(catalog)
            try await Self.fill(engine)
            let ended = Task { () -> RehearsedEffect in
                while !Task.isCancelled { await Task.yield() }
                var rehearsal = engine.rehearsal(
                    of: catalog.dataflows[0],
                    sending: [Self.audiences[0]],
                    unmapping: [],
                    asking: nil
                )
                return try await engine.effect(of: &rehearsal, after: 0, limit: 1_000)
            }
            ended.cancel()

            #expect(try await ended.value == RehearsedEffect())
        }
    }
}
