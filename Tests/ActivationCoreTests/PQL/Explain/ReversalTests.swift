import Testing

@testable import ActivationCore

/// The fewest conditions that would have to change (PQL 16).
struct ReversalTests {
    @Test(arguments: [12, 15, 25])
    func `where not all ways can be tried some set is found that does, and nothing in it can be left out`(
        size: Int
    ) throws {
        let ring = (0..<size).map { "(x\($0) = 1 or x\(($0 + 1) % size) = 1)" }.joined(separator: " and ")
        let pairs = (0..<size).flatMap { one in (one + 1..<size).map { "(x\(one) = 1 or x\($0) = 1)" } }
            .joined(separator: " and ")
        for rule in [ring, pairs] {
            let explanation = try Self.explanation(rule, of: "{}")
            let reversal = explanation.reversal()
            let conditions = try #require(reversal.conditions, "\(rule)")
            #expect(!reversal.isSmallest || size == 12)
            func holds(without left: Int? = nil) throws -> Bool {
                let numbers = Set(conditions.filter { $0 != left })
                let members = explanation.conditions.filter { numbers.contains($0.number ?? 0) }
                    .map { "\"\($0.text.prefix { $0 != " " })\":1" }
                return try Self.explanation(rule, of: "{\(Set(members).sorted().joined(separator: ","))}").outcome
                    .qualifies
            }
            #expect(try holds(), "\(rule)")
            for condition in conditions { #expect(try !holds(without: condition)) }
        }
    }

    /// What has to change in a rule about a profile with a = 1 and b = 2.
    private static func reversal(_ text: String) throws -> PQLReversal {
        try explanation(text).reversal()
    }

    private static func explanation(_ text: String, of profile: String = #"{"a": 1, "b": 2}"#) throws -> PQLExplanation
    {
        let document = try JSONDocument(parsing: profile)
        let profile = try PQLProfile(fromXDM: document, now: Timestamp(milliseconds: 1_770_000_000_000))
        return try PQLExpression(parsing: text).explanation(of: profile.input, paths: profile.paths) { _ in nil }
    }

    @Test(arguments: [
        ("a = 1", [1]), ("a = 2", [1]), ("not a = 1", [1]),
        ("a = 2 and b = 2", [1]), ("a = 2 and b = 3", [1, 2]), ("a = 2 or b = 3", [1]), ("a = 1 or b = 2", [1, 2]),
        ("a = 2 or (b = 2 and c = 3)", [1]), ("(a = 2 and c = 1) or (b = 2 and c = 3)", [4]),
        // The other branch is nearer than the one that counts.
        ("if(a = 1, b = 3 and c = 1, b = 2)", [1]), ("if(a = 2, b = 2, c = 3 and d = 4)", [1]),
        ("(P) => P.a = 2 and P.b = 2", [1]),
    ])
    func `the fewest conditions are told`(text: String, conditions: [Int]) throws {
        #expect(try Self.reversal(text) == PQLReversal(conditions: conditions, isSmallest: true))
    }

    @Test(arguments: [
        // c = 1 stands twice and counts once, so two conditions do where three stand.
        ("(c = 1 and a = 2) or (c = 1 and d = 1 and e = 1)", [1, 2]),
        ("(c = 1 and a = 2) and (c = 1 and b = 2)", [1, 2]),
        ("(c = 1 and a = 1) or (not c = 1 and b = 3 and d = 1)", [1]),
        ("c=1 and (c = 1 or a = 2)", [1]),
    ])
    func `a condition that stands twice counts once`(text: String, conditions: [Int]) throws {
        #expect(try Self.reversal(text) == PQLReversal(conditions: conditions, isSmallest: true))
    }

    @Test(arguments: ["1 = 2", "a = 1 or true", "a = 1 and not a = 1", "a = 1 and 1 = 2"])
    func `where no change would do that is told`(text: String) throws {
        #expect(try Self.reversal(text) == PQLReversal(conditions: nil, isSmallest: true))
    }

    @Test func `where too many conditions repeat not all ways are tried, and that is told`() throws {
        func some(_ numbers: Range<Int>) -> String { "(\(numbers.map { "x\($0) = 1" }.joined(separator: " or ")))" }
        let many = some(0..<40)

        // One is always the fewest.
        #expect(try Self.reversal("\(many) and \(many)") == PQLReversal(conditions: [1], isSmallest: true))
        let two = "\(some(0..<20)) and \(some(20..<40))"
        #expect(try Self.reversal("\(two) and \(two)") == PQLReversal(conditions: [1, 21], isSmallest: false))
    }

    @Test func `what is no reason is not marked`() throws {
        let whole = try Self.explanation("(a = 1 or b = 3) and (b = 2 or c = 1) and if(a = 2, b = 2, a = 1)")

        #expect(whole.outcome.qualifies)
        #expect(whole.conditions.map(\.decides) == [true, false, true, false, true, false, true])
        #expect(whole.conditions.map(\.number) == [1, 2, 3, 4, 5, 3, 1])
    }

    @Test func `a rule beyond the limit of steps is one condition`() throws {
        let numbers = (0..<2_000).map(String.init).joined(separator: ",")
        let list = "[\(numbers)]"
        let heavy = "exists X from \(list) where exists Y from \(list) where Y = X + 9999"
        let whole = try Self.explanation("not (\(heavy))")

        #expect(whole.parts.isEmpty && !whole.outcome.qualifies)
    }
}
