import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// Why a person is in an audience.
@Suite(.timeLimit(.minutes(2))) struct ExplanationTests {
    private static let mira = Identity(namespace: "Email", value: "mira@example.org")

    /// Runs the body with an engine that knows one person.
    private static func withPerson(
        graph: MergePolicy.IdentityGraph = .pdg,
        _ body: (Engine, ManualTime) async throws -> Void
    ) async throws {
        let time = ManualTime()
        let sinks = ClosureSinkFactory { _ in RecordingSink() }
        try await EngineTests.withEngine(sinks: sinks, time: time) { engine in
            var catalog = try EngineTests.catalog()
            catalog.mergePolicies[0].identityGraph = graph
            try await engine.update(catalog)
            let texts = [
                #"{"identityMap":{"Email":[{"id":"mira@example.org"}]},"step":3,"home":{"city":"Bonn","zip":53111}}"#,
                #"{"identityMap":{"Phone":[{"id":"1","primary":true}],"Email":[{"id":"mira@example.org"}]},"vip":true}"#,
            ]
            let records = try texts.map {
                try Message(record: JSONDocument(parsing: $0), dataset: "crm", namespaces: NamespaceDirectory())
            }
            let event = try Message(
                event: JSONDocument(
                    parsing: #"{"_id":"e","timestamp":"\#(time.now().rfc3339)","eventType":"buy","#
                        + #""identityMap":{"Email":[{"id":"mira@example.org"}]}}"#
                ),
                dataset: "web",
                namespaces: NamespaceDirectory()
            )
            _ = try await engine.ingest(records + [event])
            try await body(engine, time)
        }
    }

    @Test func `each condition is told by itself, with the values that it reads`() async throws {
        try await Self.withPerson { engine, time in
            let text = #"home.city = "Bonn" and (step > 5 or not (vip = true))"#
            let found = try await engine.explain(Self.mira, PQLExpression(parsing: text))
            let whole = try #require(found?.explanation)

            #expect(whole.kind == .all && !whole.outcome.qualifies)
            #expect(whole.parts.map(\.text) == [#"home.city = "Bonn""#, "step > 5 or not vip = true"])
            #expect(whole.parts.map(\.outcome.qualifies) == [true, false])
            #expect(whole.parts[1].kind == .any)
            #expect(whole.parts[1].parts.map(\.kind) == [.condition, .not])
            #expect(whole.parts[1].parts[1].parts.map(\.outcome.qualifies) == [true])
            #expect(found?.values[["home", "city"]] == "Bonn")
            #expect(found?.values[["step"]] == 3)
            #expect(found?.values.count == 3)
        }
    }

    @Test func `events are read, and when time alone changes it is told`() async throws {
        try await Self.withPerson { engine, time in
            let text = #"select e from xEvent where e.eventType = "buy" and e.timestamp occurs <= 1 day before now"#
            let found = try #require(try await engine.explain(Self.mira, PQLExpression(parsing: text)))

            #expect(found.explanation.kind == .condition)
            #expect(found.explanation.readsEvents && found.explanation.outcome.qualifies)
            let change = try #require(found.explanation.outcome.changesAt)
            #expect(change.milliseconds - time.now().milliseconds == 86_400_001)
        }
    }

    @Test func `of a policy that links nobody the identity's own view is explained`() async throws {
        try await Self.withPerson(graph: .none) { engine, _ in
            let expression = try PQLExpression(parsing: #"vip = true and home.city = "Bonn""#)
            let found = try #require(try await engine.explain(Self.mira, expression))

            #expect(found.identities == [Self.mira])
            #expect(found.explanation.parts.map(\.outcome.qualifies) == [false, true])
            #expect(found.values.keys.sorted { $0.count < $1.count } == [["home", "city"]])
            let stranger = Identity(namespace: "Email", value: "nobody@example.org")
            #expect(try await engine.explain(stranger, expression) == nil)
        }
    }

    @Test func `what cannot be evaluated is refused`() async throws {
        try await Self.withPerson { engine, _ in
            let expression = try PQLExpression(parsing: #"inSegment("nowhere")"#)
            await #expect(throws: EngineError.self) { try await engine.explain(Self.mira, expression) }
        }
    }
}
