import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// What would happen if an audience became another (BEHAVIOUR 5.8).
@Suite(.timeLimit(.minutes(5))) struct RehearsalTests {
    private static let sinks = ClosureSinkFactory { _ in RecordingSink() }
    private static let even = audience(1)
    private static let reader = audience(2)
    private static let alone = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 2)),
        name: "alone",
        attributeMerge: .timestampOrdered,
        identityGraph: .none
    )
    /// Maps the audience; maps its reader; is disabled; heeds no memberships.
    private static let flows = (1...4).map { Dataflow.ID(uuid: UUIDBytes(high: 2, low: $0)) }

    private static func audience(_ number: UInt64) -> Audience.ID {
        Audience.ID(uuid: UUIDBytes(high: 3, low: number))
    }

    private static func catalog(
        _ rule: String,
        policy: MergePolicy.ID = EngineTests.policy.id,
        version: Int = 1,
        isRead: Bool = true
    ) throws -> CatalogDefinition {
        var definition = try EngineTests.catalog(
            audiences: [(even, rule), (reader, isRead ? "inSegment(\"\(even.uuid)\") or step = 1" : "step = 1")]
        )
        definition.mergePolicies.append(alone)
        definition.audiences[0].mergePolicy = policy
        definition.audiences[0].updatedAt = Timestamp(milliseconds: Int64(version))
        definition.dataflows = flows.enumerated().map { index, id in
            let mapped = index == 1 ? reader : even
            let instant = Timestamp(milliseconds: 1)
            var flow = Dataflow(
                id: id,
                isEnabled: index != 2,
                audiences: [Dataflow.MappedAudience(audience: mapped, createdAt: instant, updatedAt: instant)],
                attributes: [["step"]]
            )
            if index == 3 { flow.options.triggers = [.attribute] }
            return flow
        }
        return definition
    }

    private static func event(_ person: Int) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing: """
                    {"identityMap":{"Phone":[{"id":"\(person)"}]},"_id":"e\(person)",
                     "timestamp":"2026-01-01T00:00:00Z","amount":\(person)}
                    """
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    /// Persons of one identity and of two.
    private static func fill(_ engine: Engine) async throws {
        _ = try await engine.ingest((0..<40).map { try EngineTests.record($0, step: $0 % 10) })
        _ = try await engine.ingest((0..<40).filter { $0 % 4 == 0 }.map { try event($0) })
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

    private static func effect(
        _ rule: String,
        policy: MergePolicy.ID?,
        in engine: Engine
    ) async throws -> RehearsedEffect {
        let question = ProfileQuestion(expression: try PQLExpression(parsing: rule), mergePolicy: policy)
        var rehearsal = try engine.rehearsal(of: question, as: even)
        var (effect, row) = (RehearsedEffect(), Int64(0))
        while true {
            let page = try await engine.profiles(matching: question, after: row, limit: 7)
            guard let last = page.lastRow else { return effect }
            effect += try await engine.effect(of: &rehearsal, after: row, limit: 7)
            row = last
        }
    }

    /// What dataflows were told to send so far, and what was counted of the audience.
    private static func state(
        _ engine: Engine,
        _ storage: InMemoryStorage
    ) async throws -> (sent: [Dataflow.ID: Int64], counters: MemberCounters) {
        var sent: [Dataflow.ID: Int64] = [:]
        for flow in flows {
            let books = try await engine.books(flow).counters
            sent[flow] = books.triggered - books.suppressedDisabled
        }
        return (sent, storage.memberCounters(scope: .production)[even] ?? MemberCounters())
    }

    /// Audiences that ask for each other have policies that link alike, so a policy changes only while nobody asks.
    @Test(arguments: [true, false]) func `what is told is what happens when it is saved`(isRead: Bool) async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            try await engine.update(Self.catalog("step % 2 = 0", isRead: isRead))
            try await Self.fill(engine)
            let linked = EngineTests.policy.id
            var seen: Set<Int64> = []
            let edits = [
                ("step % 3 = 0", linked), ("step % 3 = 0", Self.alone.id), ("size >= 3 or step < 5", Self.alone.id),
                ("xEvent.sum(amount) >= 8", Self.alone.id), ("xEvent[amount > 4].count() = 1", linked),
                ("never.seen.path = 1", linked), ("step >= 0", linked),
                ("identityMap.get(\"Email\").id = \"3@x.example\"", linked),
            ]
            for (number, (rule, policy)) in edits.enumerated() where !isRead || policy == linked {
                let before = try await Self.state(engine, storage)
                let told = try await Self.effect(rule, policy: policy, in: engine)
                let same = try await Self.state(engine, storage)
                #expect(same.sent == before.sent && same.counters == before.counters, "asking changes nothing")

                try await engine.update(Self.catalog(rule, policy: policy, version: number + 2, isRead: isRead))
                try await EngineTests.until {
                    [Self.even, Self.reader].allSatisfy { engine.evaluationProgress($0)?.isDone == true }
                }

                let after = try await Self.state(engine, storage)
                let counted = after.counters.since(before.counters)
                #expect(told.entering == counted.entered && told.exiting == counted.exited, "\(rule): \(told)")
                for flow in Self.flows {
                    let sent = (after.sent[flow] ?? 0) - (before.sent[flow] ?? 0)
                    #expect(Int64(told.records[flow] ?? 0) == sent, "\(rule): \(told)")
                }
                #expect(told.records[Self.flows[2]] == nil && told.records[Self.flows[3]] == nil)
                seen.formUnion([told.entering, told.exiting])
            }
            #expect(seen.count > 3, "the rules are too much alike")
        }
    }

    @Test func `an audience that cannot be used yet is rehearsed as well, and nothing is learnt`() async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            try await engine.update(Self.catalog("step % 2 = 0"))
            try await Self.fill(engine)
            let paths = try await storage.dictionaries(scope: .production).paths.count
            let question = ProfileQuestion(expression: try PQLExpression(parsing: "step = 4 or new.path = 1"))
            var rehearsal = try engine.rehearsal(of: question, as: Self.audience(9))

            let effect = try await engine.effect(of: &rehearsal, after: 0, limit: 100)

            #expect(effect.entering == 4 && effect.exiting == 0 && effect.records.isEmpty)
            let last = try await engine.profileRows()?.upperBound
            #expect(effect.profiles == 40 && effect.lastRow == last)
            #expect(try await storage.dictionaries(scope: .production).paths.count == paths)
            #expect(!engine.isKnownPath(["new"]))
        }
    }

    @Test func `paths that come meanwhile are told apart from those of the rule`() async throws {
        try await EngineTests.withEngine(sinks: Self.sinks) { engine in
            try await engine.update(Self.catalog("step % 2 = 0"))
            try await Self.fill(engine)
            let question = ProfileQuestion(expression: try PQLExpression(parsing: "first.new = 1 or step = 4"))
            var rehearsal = try engine.rehearsal(of: question, as: Self.even)
            let before = try await engine.effect(of: &rehearsal, after: 0, limit: 100)
            // It gets the number that the rule's own path had in the rehearsal.
            let message = try Message(
                record: JSONDocument(parsing: #"{"identityMap":{"Phone":[{"id":"1"}]},"another":{"new":1}}"#),
                dataset: "crm",
                namespaces: NamespaceDirectory()
            )
            _ = try await engine.ingest([message])

            #expect(try await engine.effect(of: &rehearsal, after: 0, limit: 100) == before)
            #expect(before.entering == 0 && before.exiting == 16)
        }
    }

    @Test func `what cannot be rehearsed is refused`() async throws {
        try await EngineTests.withEngine(sinks: Self.sinks) { engine in
            try await engine.update(Self.catalog("step % 2 = 0"))
            try await Self.fill(engine)
            var other = ProfileQuestion(expression: try PQLExpression(parsing: "step = 1"))
            other.mergePolicy = MergePolicy.ID(uuid: UUIDBytes(high: 9, low: 9))
            #expect(throws: EngineError.self) { try engine.rehearsal(of: other, as: Self.even) }
            let unknown = ProfileQuestion(expression: try PQLExpression(parsing: "inSegment(\"nobody\")"))
            var rehearsal = try engine.rehearsal(of: unknown, as: Self.even)
            do {
                _ = try await engine.effect(of: &rehearsal, after: 0, limit: 100)
                Issue.record("a rule that names nobody was rehearsed")
            } catch let error as EngineError {
                #expect(error.code == .invalidCatalog)
            }
        }
    }
}
