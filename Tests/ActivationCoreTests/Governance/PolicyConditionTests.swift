import Testing

@testable import ActivationCore

/// Conditions of policies, in words and in JSON (BEHAVIOUR 9.3).
struct PolicyConditionTests {
    @Test(arguments: [
        ("C2", #"{"label":"C2"}"#),
        ("C4 or C5", #"{"operator":"OR","operands":[{"label":"C4"},{"label":"C5"}]}"#),
        (
            "C1 AND (C3 or  I1)",
            #"{"operator":"AND","operands":[{"label":"C1"},{"operator":"OR","operands":[{"label":"C3"},{"label":"I1"}]}]}"#
        ),
        ("((C2))", #"{"label":"C2"}"#),
    ])
    func `words mean what the JSON says`(_ text: String, _ json: String) throws {
        let condition = try PolicyCondition(text: text)
        #expect(condition.json == (try JSONValue(parsing: json)))
        #expect(try PolicyCondition(condition.json) == condition)
        #expect(try PolicyCondition(text: condition.text) == condition)
    }

    @Test(arguments: [
        ("", "column 1"), ("C1 and", "column 7"), ("C1 C2", "column 4"), ("and C1", "column 1"), ("(C1", "column 4"),
        ("C1)", "column 3"), ("C1 and C2 or C3", "column 11"), ("()", "column 2"),
    ])
    func `what is no condition is told with its column`(_ text: String, _ place: String) {
        #expect(
            performing: {
                try PolicyCondition(text: text)
            },
            throws: { ($0 as? PolicyCondition.Mistake)?.place == place }
        )
    }

    @Test(arguments: [
        #""C1""#, "{}", #"{"operator":"AND","operands":[]}"#, #"{"operator":"NOT","operands":[{"label":"C1"}]}"#,
        #"{"operator":"AND","operands":[{"label":"C1"}],"label":"C2"}"#, #"{"operands":[{"label":"C1"}]}"#,
    ])
    func `JSON that is no condition is refused`(_ json: String) throws {
        let value = try JSONValue(parsing: json)
        #expect(throws: PolicyCondition.Mistake.self) { try PolicyCondition(value) }
    }

    @Test func `depth and labels are bounded`() throws {
        let deep = String(repeating: "(", count: 60) + "C1" + String(repeating: ")", count: 60)
        #expect(throws: PolicyCondition.Mistake.self) { try PolicyCondition(text: deep) }
        let nestedText = (0..<10).reduce("C1") { text, level in "C2 \(level % 2 == 0 ? "and" : "or") (\(text))" }
        #expect(throws: PolicyCondition.Mistake.self) { try PolicyCondition(text: nestedText) }
        let wide = (0...PolicyCondition.labelsMax).map { "L\($0)" }.joined(separator: " or ")
        #expect(throws: PolicyCondition.Mistake.self) { try PolicyCondition(text: wide) }
        var nested: JSONValue = ["label": "C1"]
        for _ in 0..<11 { nested = ["operator": "OR", "operands": [nested]] }
        #expect(throws: PolicyCondition.Mistake.self) { try PolicyCondition(nested) }
    }

    @Test func `random conditions come back from both forms and mean the same`() throws {
        var random = TestSeed.generator()
        func make(_ depth: Int, _ random: inout SplitMix64) -> PolicyCondition {
            guard depth > 0, Int.random(in: 0..<3, using: &random) > 0 else {
                return .label("L\(Int.random(in: 0..<5, using: &random))")
            }
            let operands = (0..<Int.random(in: 2...4, using: &random)).map { _ in make(depth - 1, &random) }
            return Bool.random(using: &random) ? .all(operands) : .any(operands)
        }
        for _ in 0..<500 {
            let condition = make(4, &random)
            #expect(try PolicyCondition(condition.json) == condition)
            #expect(try PolicyCondition(text: condition.text) == condition)
            // More labels never lift a denial.
            let some = Set((0..<5).filter { _ in Bool.random(using: &random) }.map { "L\($0)" })
            let more = some.union(["L\(Int.random(in: 0..<5, using: &random))"])
            #expect(!condition.isMet(by: some) || condition.isMet(by: more))
        }
    }
}
