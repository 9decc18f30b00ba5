import Foundation
import Testing

@testable import ActivationCore

struct PQLJSONTests {
    /// The shapes that Adobe's pages show, under names of our own.
    @Test func `the documented nodes are read`() throws {
        let fields = #"""
            {"nodeType":"fnApply","fnName":"=","params":[{"nodeType":"fieldLookup","fieldName":"a","object":\#
            {"nodeType":"parameterReference","position":1}},{"nodeType":"fieldLookup","fieldName":"b","object":\#
            {"nodeType":"parameterReference","position":1}}]}
            """#
        let literal = #"""
            {"nodeType":"fnApply","fnName":"=","params":[{"nodeType":"fieldLookup","fieldName":"code","object":\#
            {"nodeType":"fieldLookup","fieldName":"home","object":{"nodeType":"parameterReference","position":1}}},\#
            {"nodeType":"literal","literalType":"String","value":"US"}]}
            """#

        let older = #"""
            {"nodeType":"fnApply","fnName":"in","params":[{"nodeType":"fieldLookup","fieldName":"hue","object":\#
            {"nodeType":"fieldLookup","fieldName":"someone","object":{"nodeType":"literal","literalType":"XDMObject",\#
            "value":"profile"}}},{"literalType":"List","nodeType":"literal","value":["teal"]}]}
            """#

        #expect(try PQLExpression(json: older).description == #"someone.hue in ["teal"]"#)
        #expect(try PQLExpression(json: fields).description == "a = b")
        #expect(try PQLExpression(json: literal).description == #"home.code = "US""#)
        #expect(try PQLExpression(parsing: #"home.code = "US""#).json() == literal)
        #expect(try PQLExpression(parsing: "$1.a = (b)").json() == fields)
    }

    @Test(arguments: [
        (#"not (age > 3 and `now` != -2.0)"#, "not (age > 3 and `now` != -2.0)"),
        (#"(P) => P.age in [1, -2, "x", null, true, 1.0]"#, #"age in [1, -2, "x", null, true, 1.0]"#),
        (#"a - b + c * (d - e) = -1 % 2"#, "a - b + c * (d - e) = -1 % 2"),
        (#"(a - b) + c > 0"#, "a - b + c > 0"),
        (#"a - (b + c) > 0"#, "a - (b + c) > 0"),
        (#"xEvent.count() > 2 or $1.xEvent.isNull()"#, "xEvent.count() > 2 or xEvent.isNull()"),
        (#"count(orders) = 1"#, "orders.count() = 1"),
        (#"identityMap["CRM"].id = "c""#, #"identityMap.get("CRM").id = "c""#),
        (#"name.equals("a", "b", false)"#, #"name.equals("a", "b", false)"#),
        (#"if(a, born.getYear(), currentYear()) = 2026"#, "if(a, born.getYear(), currentYear()) = 2026"),
        (#"born < date(2026, 4, 1) or born = yesterday"#, "born < date(2026, 4, 1) or born = yesterday"),
        (#"city like "G%" and x notIn y and inSegment("s")"#, #"city like "G%" and x notIn y and inSegment("s")"#),
    ])
    func `an expression comes back in its plain spelling`(text: String, plain: String) throws {
        let back = try PQLExpression(json: PQLExpression(parsing: text).json())

        #expect(back.text == plain)
        #expect(back == (try PQLExpression(parsing: plain)))
    }

    @Test(arguments: [
        ("a = 1 and exists E from xEvent where E.k = 1", "exists … from", 11),
        ("a.filter(b > 1)", "filter with 1 arguments", 3),
        ("orders[b > 1]", "a filter in brackets", 7),
        ("orders.sum(amount) > 1", "sum with 1 arguments", 8),
        ("let x = a in (x)", "let", 1),
        ("t occurs last month", "occurs", 3),
        ("CHAIN(xEvent, timestamp, [A: WHAT(k = 1)])", "CHAIN", 1),
        ("a in [b]", "an array with anything but literals in it", 6),
        (#"a = {"k": 1}"#, "an object", 5),
        ("sum E.a over E from b", "sum … over", 1),
        ("@event{x} = 1", "@{…}", 1),
        ("this.a", "\"this\"", 1),
    ])
    func `what has no form in JSON is refused by name`(text: String, construct: String, column: Int) throws {
        let expression = try PQLExpression(parsing: text)

        let error = #expect(throws: PQLError.self) { try expression.json() }

        #expect(error?.code == .noJSONForm)
        #expect(error?.message.hasPrefix(construct + " has no form") == true)
        #expect(error?.column == column)
    }

    private static let profile = #"{"nodeType":"parameterReference","position":1}"#

    private static func apply(_ name: String, _ params: String...) -> String {
        #"{"nodeType":"fnApply","fnName":"\#(name)","params":[\#(params.joined(separator: ","))]}"#
    }

    private static func literal(_ type: String, _ value: String) -> String {
        #"{"nodeType":"literal","literalType":"\#(type)","value":\#(value)}"#
    }

    @Test(arguments: [
        ("[1", ""), ("[]", ""), ("null", ""), ("{}", "/nodeType"),
        (#"{"nodeType":"fnDefine"}"#, "/nodeType"),
        (#"{"nodeType":"parameterReference","position":2}"#, "/position"),
        (#"{"nodeType":"parameterReference"}"#, "/position"),
        (#"{"nodeType":"fieldLookup","fieldName":"a"}"#, "/object"),
        (#"{"nodeType":"fieldLookup","fieldName":"","object":\#(profile)}"#, "/fieldName"),
        (#"{"nodeType":"fieldLookup","fieldName":"a`b","object":\#(profile)}"#, "/fieldName"),
        (#"{"nodeType":"fieldLookup","fieldName":"a","object":{"nodeType":"x"}}"#, "/object/nodeType"),
        (#"{"nodeType":"fnApply","fnName":"="}"#, "/params"),
        (#"{"nodeType":"fnApply","params":[]}"#, "/fnName"),
        (apply("="), "/params"), (apply("and", profile), "/params"), (apply("not"), "/params"),
        (apply("-"), "/params"), (apply("now", profile), "/params"),
        (apply("equal", profile), "/fnName"), (apply("filter", profile, profile), "/params"),
        (apply("sum", profile, profile), "/params"), (apply("date", literal("Integer", "1")), "/params"),
        (apply("and", profile, apply("or", literal("Text", "1"), profile)), "/params/1/params/0/literalType"),
        (literal("Integer", "1.5"), "/value"), (literal("Integer", "-9223372036854775808"), "/value"),
        (literal("Double", "1e999"), "/value"), (literal("String", "1"), "/value"),
        (literal("List", "[[1]]"), "/value/0"), (literal("Null", "0"), "/value"),
        (#"{"nodeType":"literal","value":1}"#, ""),
    ])
    func `a tree that means nothing is refused with its place`(json: String, pointer: String) throws {
        let error = #expect(throws: PQLJSONError.self) { try PQLExpression(json: json) }

        #expect(error?.pointer == pointer)
    }

    @Test func `depth and size are bounded both ways`() throws {
        let deep = (0..<40).reduce("a") { text, _ in "\(text) + a" }
        let path = (0..<70).map { "f\($0)" }.joined(separator: ".")
        let wide = "a in [\((0..<20_000).map { _ in "1" }.joined(separator: ", "))]"
        let long = #"a = "\#(String(repeating: "\u{1}", count: 60_000))""#
        let nested = (0..<200_000).reduce(into: "") { text, _ in text += #"{"nodeType":"fnApply","params":["# }
        let negations = (0..<31).reduce(PQLJSONTests.profile) { json, _ in PQLJSONTests.apply("not", json) }

        #expect(throws: PQLError.self) { try PQLExpression(parsing: deep + " > 1").json() }
        #expect(throws: PQLError.self) { try PQLExpression(parsing: path).json() }
        #expect(throws: PQLError.self) { try PQLExpression(parsing: long).json() }
        #expect(try PQLExpression(json: PQLExpression(parsing: wide).json()).description == wide)
        #expect(throws: PQLJSONError.self) { try PQLExpression(json: nested) }
        #expect(throws: PQLJSONError.self) { try PQLExpression(json: String(nested.prefix(200_000))) }
        #expect(throws: PQLJSONError.self) {
            try PQLExpression(json: PQLJSONTests.apply("not", PQLJSONTests.apply("not", negations)))
        }
        #expect(try PQLExpression(json: negations).json() == negations)
    }

    /// HEADWATER_FUZZ_COUNT raises the number of inputs, HEADWATER_SEED repeats a run; both are printed.
    @Test func `text, JSON, text is a fixed point that keeps the meaning`() throws {
        let count = ProcessInfo.processInfo.environment["HEADWATER_FUZZ_COUNT"].flatMap(Int.init) ?? 3_000
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        var corpus = PQLCorpus()
        var profiles = try (0..<4).map { _ in try PQLCorpus.profile(&random) }
        var written = 0

        for round in 0..<count {
            let text =
                Bool.random(using: &random)
                ? corpus.expression(&random)
                : PQLJSONTests.expression(&random, depth: Int.random(in: 1...4, using: &random))
            guard let first = try? PQLExpression(parsing: text), let json = try? first.json() else { continue }
            written += 1
            let second = try #require(try? PQLExpression(json: json), "seed \(seed), round \(round): \(json)")
            let again = try second.json()
            let third = try PQLExpression(json: again)
            let index = Int.random(in: 0..<profiles.count, using: &random)
            let isSame =
                again == json && third.text == second.text && third == second
                && PQLJSONTests.value(first, &profiles[index]) == PQLJSONTests.value(second, &profiles[index])
            guard isSame else {
                Issue.record("seed \(seed), round \(round): \(text) became \(second.text) through \(json)")
                return
            }
        }
        print("pql/json: \(written) of \(count) expressions have a form")
        #expect(written * 4 > count)
    }

    /// An expression that has a form in JSON.
    private static func expression(_ random: inout SplitMix64, depth: Int) -> String {
        func pick(_ words: [String]) -> String { words[Int.random(in: 0..<words.count, using: &random)] }
        func sub() -> String { expression(&random, depth: depth - 1) }
        let leaves = [
            "a", "a.b", "d.e.f", "`now`.x", "$1.n", "xEvent", "today", "1", "2.5", "-3", "-0.0", "\"é\\n\"", "null",
            "[1, \"x\", -2.0]", "[]", "true", "identityMap[\"Email\"].id", "items.k", "currentMonth()",
        ]
        if depth == 0 { return pick(leaves) }
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return "(\(sub()) \(pick(["and", "or"])) \(sub()) \(pick(["and", "or"])) \(sub()))"
        case 1: return "not (\(sub()))"
        case 2: return "(\(sub())) \(pick(["=", "!=", "<", "<=", ">", ">=", "in", "notIn", "like"])) (\(sub()))"
        case 3: return "(\(sub()) \(pick(["+", "-", "*", "/", "%"])) \(sub()) \(pick(["+", "-", "*"])) \(sub()))"
        case 4: return "(\(sub())).\(pick(["isNull", "count", "head", "sum", "max", "getYear", "exists", "keys"]))()"
        case 5:
            return "(\(sub())).\(pick(["equals", "contains", "includes", "startsWith", "get", "subsetOf"]))(\(sub()))"
        case 6: return "if(\(sub()), \(sub()), \(sub()))"
        case 7: return "-(\(sub()))"
        default: return "(\(sub())).\(pick(["k", "`in`", "and"]))"
        }
    }

    private static func value(_ expression: PQLExpression, _ profile: inout PQLProfile) -> String? {
        let program = try? PQLProgram(
            compiling: expression,
            paths: &profile.paths,
            clock: .read,
            audience: { $0.hasPrefix("s") ? Audience.ID(uuid: UUIDBytes(high: 1, low: 1)) : nil }
        )
        guard let program else { return nil }
        var bytes: [UInt8] = []
        program.value(profile.input, paths: profile.paths).write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self) + "\(program.qualifies(profile.input, paths: profile.paths))"
    }
}
