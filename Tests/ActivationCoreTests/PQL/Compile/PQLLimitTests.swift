import ActivationCore
import Testing

struct PQLLimitTests {
    private func nested(_ levels: Int, _ open: String, _ close: String) -> String {
        String(repeating: open, count: levels) + "a" + String(repeating: close, count: levels)
    }

    @Test(arguments: [
        ("(", ")"), ("[", "]"), ("not ", ""), ("!", ""), ("-", ""), ("x[", "]"), ("x.filter(", ")"), ("{k: ", "}"),
        ("if(", ", 1, 2)"), ("let v = 1 in ", ""), ("exists E from xEvent where ", ""),
    ])
    func `sixty-four levels are read and one more is refused`(pair: (open: String, close: String)) throws {
        let deepest = nested(64, pair.open, pair.close)

        let expression = try PQLExpression(parsing: deepest)
        let error = PQLFixture.error(nested(65, pair.open, pair.close))

        #expect(expression.description.isEmpty == false)
        #expect(error?.code == .limit)
        #expect(error?.line == 1)
        #expect(error?.message.contains("64") == true)
    }

    @Test func `sixty-four kibibytes are read and one byte more is refused`() throws {
        let longest = "a" + String(repeating: " ", count: 65_535)

        _ = try PQLExpression(parsing: longest)

        #expect(PQLFixture.error(longest + " ")?.code == .limit)
    }

    @Test func `a long flat expression neither overflows the stack nor takes long`() throws {
        let sum = Array(repeating: "1", count: 20_000).joined(separator: "+")
        let logic = Array(repeating: "a=1", count: 8_000).joined(separator: " or ")
        let path = Array(repeating: "a", count: 20_000).joined(separator: ".")
        let sums = Array(repeating: "sum", count: 10_000).joined(separator: " - ")

        #expect(try PQLFixture.value(sum) == "20000")
        #expect(try PQLFixture.value(logic) == "false")
        #expect(try PQLFixture.value(path) == "null")
        #expect(try PQLFixture.value(sums) == "null")
    }

    @Test func `nested loops over many events end with null instead of running on`() throws {
        let events = (0..<400).map { "{\"n\": \($0), \"timestamp\": \"2026-01-01T00:00:00Z\"}" }
        let text = "{\"xEvent\": [\(events.joined(separator: ","))]}"
        var profile = try PQLProfile(fromXDM: JSONDocument(parsing: text), now: Timestamp(milliseconds: 0))
        let expression = try PQLExpression(
            parsing: "count A over A from xEvent, B from xEvent, C from xEvent, D from xEvent where A.n + D.n < 0"
        )
        let program = try PQLProgram(compiling: expression, paths: &profile.paths, audience: { _ in nil })

        #expect(program.value(profile.input, paths: profile.paths).isNull)
    }

    @Test func `a path beyond what the store can know is refused`() throws {
        var paths = PathDictionary()
        for number in 0..<Limits.attributePathsMax { _ = paths.intern(["p\(number)"]) }
        let known = try PQLExpression(parsing: "p1 = 1")
        let unknown = try PQLExpression(parsing: "p1 = 1 and unheard.of = 1")

        _ = try PQLProgram(compiling: known, paths: &paths, audience: { _ in nil })
        let error = #expect(throws: PQLError.self) {
            try PQLProgram(compiling: unknown, paths: &paths, audience: { _ in nil })
        }

        #expect(error?.code == .limit)
        #expect(error?.column == 12)
    }
}
