import ActivationCore
import Testing

struct PQLChainTests {
    /// Events at minute 1, 2, 3, …, one kind each; `=` repeats the time of the event before.
    private func holds(_ steps: String, over kinds: String) throws -> Bool {
        var minute = 0
        let events = kinds.split(separator: " ").map { kind in
            if !kind.hasPrefix("=") { minute += 1 }
            let letter = kind.last.map(String.init) ?? ""
            let time = "2026-01-01T00:\(minute < 10 ? "0" : "")\(minute):00Z"
            return "{\"k\": \"\(letter)\", \"n\": \(minute), \"timestamp\": \"\(time)\"}"
        }
        let text = "{\"limit\": 3, \"xEvent\": [\(events.joined(separator: ","))]}"
        var profile = try PQLProfile(fromXDM: JSONDocument(parsing: text), now: Timestamp(milliseconds: 0))
        let program = try PQLProgram(
            compiling: PQLExpression(parsing: "CHAIN(xEvent, timestamp, [\(steps)])"),
            paths: &profile.paths,
            audience: { _ in nil }
        )
        return program.qualifies(profile.input, paths: profile.paths)
    }

    @Test(arguments: [
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"b\")", "a b", true),
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"b\")", "b a", false),
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"b\")", "a =b", false),
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"b\")", "a =b b", true),
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"a\")", "a", false),
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"a\")", "a x a", true),
        ("A: WHAT(k = \"a\") COUNT(2), B: WHAT(k = \"b\")", "a b a", false),
        ("A: WHAT(k = \"a\") COUNT(2), B: WHAT(k = \"b\")", "a b a b", true),
        ("A: WHAT(k = \"a\") COUNT(= 2)", "a a a", false), ("A: WHAT(k = \"a\") COUNT(<= 2)", "a a", true),
        ("A: WHAT(k = \"a\") COUNT(between 1 and 2)", "b", false), ("A: WHAT(k = \"a\") COUNT(> 1)", "a", false),
        ("A: WHAT(k = \"a\") COUNT(= 0), B: WHAT(k = \"b\")", "b", true),
        ("A: WHAT(k = \"a\") COUNT(!= 0), B: WHAT(k = \"b\")", "a b a", false),
        ("A: WHAT(k = \"a\"), not N: WHAT(k = \"n\"), B: WHAT(k = \"b\")", "a n b", false),
        ("A: WHAT(k = \"a\"), not N: WHAT(k = \"n\"), B: WHAT(k = \"b\")", "a n a b", true),
        ("A: WHAT(k = \"a\"), not N: WHAT(k = \"n\")", "a b n", false),
        ("A: WHAT(k = \"a\"), not N: WHAT(k = \"n\")", "n a", true),
        ("not N: WHAT(k = \"n\"), A: WHAT(k = \"a\")", "n a", false), ("not N: WHAT(k = \"n\")", "a b", true),
        ("A: WHAT(k = \"a\"), not N: WHAT(k = \"n\") COUNT(2), B: WHAT(k = \"b\")", "a n b", true),
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"b\") WHEN(<= 1 minute after A)", "a x b", false),
        ("A: WHAT(k = \"a\"), B: WHAT(k = \"b\") WHEN(<= 1 minute after A)", "a x a b", true),
        ("A: WHAT(true), B: WHAT(true) WHERE(B.n = A.n * 3)", "a a a", true),
        ("A: WHAT(true), B: WHAT(true) WHERE(B.n = A.n * 3)", "a a", false),
        ("A: WHAT(n > ^limit)", "a a a", false), ("A: WHAT(n > ^limit)", "a a a a", true),
        ("A: WHAT(k = \"a\") WHERE(A.n = limit)", "a a a", true),
    ])
    func `a chain finds events in order`(row: (steps: String, kinds: String, result: Bool)) throws {
        #expect(try holds(row.steps, over: row.kinds) == row.result)
    }
}
