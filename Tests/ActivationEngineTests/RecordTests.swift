import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// Where the facts of a person come from.
@Suite(.timeLimit(.minutes(2))) struct RecordTests {
    private static let mira = Identity(namespace: "Email", value: "mira@example.org")
    private static let phone = Identity(namespace: "Phone", value: "1")

    /// Runs the body with an engine that knows one person from two datasets.
    private static func withPerson(
        _ edit: (inout MergePolicy) -> Void = { _ in },
        _ body: (Engine) async throws -> Void
    ) async throws {
        let sinks = ClosureSinkFactory { _ in RecordingSink() }
        try await EngineTests.withEngine(sinks: sinks, time: ManualTime()) { engine in
            var catalog = try EngineTests.catalog()
            edit(&catalog.mergePolicies[0])
            try await engine.update(catalog)
            let records = [
                ("crm", #"{"identityMap":{"Email":[{"id":"mira@example.org"}]},"city":"Bonn","left":1,"none":2}"#),
                ("web", #"{"identityMap":{"Email":[{"id":"mira@example.org"}]},"city":"Rome","none":null}"#),
                ("crm", #"{"identityMap":{"Phone":[{"id":"1","primary":true}],"Email":[{"id":"mira@example.org"}]}}"#),
            ]
            for (dataset, text) in records {
                let message = try Message(
                    record: JSONDocument(parsing: text),
                    dataset: dataset,
                    namespaces: NamespaceDirectory()
                )
                _ = try await engine.ingest([message])
            }
            try await body(engine)
        }
    }

    private static func facts(_ record: ProfileRecord) -> [String] {
        record.facts.map {
            "\($0.keys.joined(separator: ".")) \($0.value.text) \($0.dataset ?? "?") \($0.standing.rawValue)"
        }
    }

    @Test func `the latest write shows, and those before it are told`() async throws {
        try await Self.withPerson { engine in
            let record = try #require(try await engine.record(of: Self.phone))

            #expect(
                Self.facts(record) == [
                    #"city "Rome" web shown"#, #"city "Bonn" crm older"#, "left 1 crm shown", "none null web replaced",
                    "none 2 crm replaced",
                ]
            )
            #expect(Set(record.identities.map(\.identity)) == [Self.mira, Self.phone])
            #expect(record.links.count == 1)
            #expect(try await engine.record(of: Identity(namespace: "Email", value: "no@example.org")) == nil)
            #expect(try await engine.identities(of: record.id) == record.identities.map(\.identity))
            #expect(try await engine.identities(of: Profile.ID(uuid: UUIDBytes(high: 1, low: 1))) == nil)
        }
    }

    @Test func `the policy's order decides, and what it does not merge is told`() async throws {
        try await Self.withPerson {
            $0.attributeMerge = .dataSetPrecedence(order: ["crm", "web"])
        } _: { engine in
            let record = try #require(try await engine.record(of: Self.mira))
            #expect(Self.facts(record).prefix(2) == [#"city "Bonn" crm shown"#, #"city "Rome" web outranked"#])
        }
        try await Self.withPerson {
            $0.attributeMerge = .dataSetPrecedence(order: ["web"])
        } _: { engine in
            let record = try #require(try await engine.record(of: Self.mira))
            #expect(Self.facts(record).prefix(2) == [#"city "Rome" web shown"#, #"city "Bonn" crm unused"#])
        }
    }

    @Test func `a policy that links nobody shows the identity by itself`() async throws {
        try await Self.withPerson {
            $0.identityGraph = .none
        } _: { engine in
            let record = try #require(try await engine.record(of: Self.phone))
            #expect(record.identities.map(\.identity) == [Self.phone])
            #expect(record.facts.isEmpty)
        }
    }
}
