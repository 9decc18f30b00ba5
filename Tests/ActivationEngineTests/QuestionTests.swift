import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// Expressions that are asked of stored profiles without becoming audiences.
@Suite(.timeLimit(.minutes(5))) struct QuestionTests {
    private static let sinks = ClosureSinkFactory { _ in RecordingSink() }

    private static func record(_ identities: String, step: Int) throws -> Message {
        try Message(
            record: JSONDocument(parsing: #"{"identityMap":{\#(identities)},"step":\#(step)}"#),
            dataset: "crm",
            namespaces: NamespaceDirectory()
        )
    }

    private static func event(_ person: Int, amount: Int) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing: """
                    {"identityMap":{"Phone":[{"id":"\(person)"}]},"_id":"\(person)-\(amount)",
                     "timestamp":"2026-01-01T00:00:00Z","amount":\(amount)}
                    """
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    private static func question(_ text: String) throws -> ProfileQuestion {
        ProfileQuestion(expression: try PQLExpression(parsing: text))
    }

    @Test func `profiles are asked page by page, in row order`() async throws {
        try await EngineTests.withEngine(sinks: Self.sinks) { engine in
            try await engine.update(EngineTests.catalog())
            _ = try await engine.ingest((0..<20).map { try EngineTests.record($0, step: $0) })
            _ = try await engine.ingest((0..<20).map { try Self.event($0, amount: $0 * 10) })

            let even = try Self.question("step % 2 = 0")
            let first = try await engine.profiles(matching: even, after: 0, limit: 15)
            let rest = try await engine.profiles(matching: even, after: try #require(first.lastRow), limit: 15)
            let none = try await engine.profiles(matching: even, after: try #require(rest.lastRow), limit: 15)

            #expect([first.read, rest.read, none.read] == [15, 5, 0])
            #expect(none.lastRow == nil)
            let phones = (first.matches + rest.matches).compactMap { $0.identities.first?.value }
            #expect(phones == (0..<20).filter { $0 % 2 == 0 }.map(String.init))
            #expect(try await engine.profileRows()?.upperBound == rest.lastRow)
            for (text, count) in [
                ("xEvent.sum(amount) >= 100", 10), ("inSegment(\"\(EngineTests.audience.uuid)\")", 20),
                ("never.seen.path = 1 or step = 3", 1), ("identityMap.get(\"Phone\").id = \"7\"", 1),
                ("xEvent[timestamp occurs before now].count() = 1", 20), ("$1.step > 17", 2),
            ] {
                let found = try await engine.profiles(matching: try Self.question(text), after: 0, limit: 100)
                #expect(found.matches.count == count, "\(text)")
            }
        }
    }

    @Test func `asking changes nothing`() async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            try await engine.update(EngineTests.catalog())
            _ = try await engine.ingest([try EngineTests.record(1, step: 1)])
            let before = try await storage.dictionaries(scope: .production).paths.count

            _ = try await engine.profiles(matching: try Self.question("new.path.here = 1"), after: 0, limit: 10)

            #expect(try await storage.dictionaries(scope: .production).paths.count == before)
            #expect(!engine.isKnownPath(["new"]))
            #expect(try await engine.memberCounts() == [EngineTests.audience: 1])
        }
    }

    @Test func `what cannot be asked is refused`() async throws {
        try await EngineTests.withEngine(sinks: Self.sinks) { engine in
            try await engine.update(EngineTests.catalog())
            let unknown = try Self.question("inSegment(\"nobody\")")
            var other = try Self.question("step = 1")
            other.mergePolicy = MergePolicy.ID(uuid: UUIDBytes(high: 9, low: 9))

            for question in [unknown, other] {
                let error = await #expect(throws: EngineError.self) {
                    try await engine.profiles(matching: question, after: 0, limit: 10)
                }
                #expect(error?.code == .invalidCatalog)
            }
        }
    }

    @Test func `the first and the last row are found over gaps, and there is none at first`() async throws {
        try await EngineTests.withEngine(sinks: Self.sinks) { engine in
            try await engine.update(EngineTests.catalog())
            #expect(try await engine.profileRows() == nil)
            for person in 0..<40 {
                _ = try await engine.ingest([try EngineTests.record(person, step: person)])
                if person % 3 == 1 {
                    // Two become one: the younger one's row is gone.
                    let both = #""Phone":[{"id":"\#(person - 1)"},{"id":"\#(person)"}]"#
                    _ = try await engine.ingest([try Self.record(both, step: 0)])
                }
                let all = try await engine.profiles(matching: try Self.question("step >= 0"), after: 0, limit: 100)
                #expect(try await engine.profileRows()?.upperBound == all.lastRow)
                let one = try await engine.profiles(matching: try Self.question("step >= 0"), after: 0, limit: 1)
                #expect(try await engine.profileRows()?.lowerBound == one.lastRow)
            }
        }
    }
}
