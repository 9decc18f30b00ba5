import TestSupport
import Testing

@testable import ActivationCore
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
            #expect(whole.parts.map(\.decides) == [false, true])
            #expect(whole.conditions.map(\.number) == [1, 2, 3])
            #expect(whole.conditions.map(\.column) == [1, 25, 42])
            #expect(whole.conditions.flatMap(\.attributes).map(\.keys) == [["home", "city"], ["step"], ["vip"]])
            #expect(whole.conditions.flatMap(\.attributes).map(\.value) == ["Bonn", 3, true])
            #expect(found?.reversal == PQLReversal(conditions: [2], isSmallest: true))
        }
    }

    @Test func `events are read, and when time alone changes it is told`() async throws {
        try await Self.withPerson { engine, time in
            let text = #"select e from xEvent where e.eventType = "buy" and e.timestamp occurs <= 1 day before now"#
            let found = try #require(try await engine.explain(Self.mira, PQLExpression(parsing: text)))

            #expect(found.explanation.kind == .condition)
            #expect(found.explanation.readsEvents && found.explanation.outcome.qualifies)
            let events = try #require(found.explanation.events)
            #expect(events.havePassed && events.count == 1 && events.datasets == ["web"])
            #expect(events.oldest == time.now() && events.newest == time.now())
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
            #expect(found.explanation.conditions.flatMap(\.attributes).map(\.value) == [nil, "Bonn"])
            let stranger = Identity(namespace: "Email", value: "nobody@example.org")
            #expect(try await engine.explain(stranger, expression) == nil)
        }
    }

    @Test func `a value is told with the fact that shows, and how many do not`() async throws {
        try await Self.withPerson { engine, time in
            let before = time.now()
            time.advance(milliseconds: 1_000)
            let later = try Message(
                record: JSONDocument(
                    parsing:
                        #"{"identityMap":{"Email":[{"id":"mira@example.org"}]},"home":{"city":"Ulm"},"list":[{"a":1}]}"#
                ),
                dataset: "shop",
                namespaces: NamespaceDirectory()
            )
            _ = try await engine.ingest([later])
            func read(_ rule: String) async throws -> AttributeRead? {
                let expression = try PQLExpression(parsing: rule)
                return try await engine.explain(Self.mira, expression)?.explanation.attributes.first
            }
            let city = try await read("home.city = 1")
            #expect(city?.value == "Ulm" && city?.origin?.dataset == "shop" && city?.origin?.namespace == "Email")
            #expect(city?.origin?.writtenAt == time.now() && city?.origin?.others == 1)
            let home = try await read("home.isNotNull()")
            #expect(home?.value == ["city": "Ulm", "zip": 53111] && home?.origin?.others == 1)
            let zip = try await read("home.zip = 1")
            #expect(zip?.origin == AttributeOrigin(dataset: "crm", namespace: "Email", writtenAt: before, others: 0))
            // Through an array, whose fact it is.
            let within = try await read("list.a = 1")
            #expect(within?.value == [1] && within?.origin?.dataset == "shop")
            let nothing = try await read("home.street = 1")
            #expect(nothing?.value == nil && nothing?.origin == nil)
        }
    }

    @Test func `events that pass are told from events that are looked at`() async throws {
        try await Self.withPerson { engine, _ in
            func events(_ rule: String) async throws -> EventsRead? {
                let expression = try PQLExpression(parsing: rule)
                return try await engine.explain(Self.mira, expression)?.explanation.events
            }
            let none = try await events(#"xEvent[eventType = "view"].count() > 0"#)
            #expect(none?.havePassed == true && none?.count == 0 && none?.oldest == nil)
            let chain = try await events(
                #"CHAIN(xEvent, timestamp, [A: WHAT(eventType = "x"), B: WHAT(eventType = "y")])"#
            )
            #expect(chain?.havePassed == false && chain?.count == 1)
            #expect(try await events("vip = true") == nil)
        }
    }

    @Test func `what cannot be evaluated is refused`() async throws {
        try await Self.withPerson { engine, _ in
            let expression = try PQLExpression(parsing: #"inSegment("nowhere")"#)
            await #expect(throws: EngineError.self) { try await engine.explain(Self.mira, expression) }
        }
    }
}
