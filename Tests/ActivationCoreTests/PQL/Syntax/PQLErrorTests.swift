import ActivationCore
import Testing

struct PQLErrorTests {
    @Test(arguments: [
        ("", PQLError.Code.syntax, 1, 1, "found the end of the expression; expected a value"),
        ("a = ", .syntax, 1, 5, "expected a value"),
        ("city = 'x'", .syntax, 1, 8, "straight double quotes"),
        ("city = “x”", .syntax, 1, 8, "straight double quotes"),
        ("a == 1", .syntax, 1, 3, "one \"=\""), ("a <> 1", .syntax, 1, 3, "\"!=\""),
        ("a && b", .syntax, 1, 3, "\"and\""),
        ("a || b", .syntax, 1, 3, "\"or\""), ("a # b", .syntax, 1, 3, "\"#\""), ("a not in b", .syntax, 1, 3, "notIn"),
        ("a < b < c", .syntax, 1, 7, "do not chain"), ("a\n  and\n    )", .syntax, 3, 5, "found \")\""),
        ("a\r\nb", .syntax, 2, 1, "found \"b\""), ("é = ü %", .syntax, 1, 8, "end of the expression"),
        ("\"😀\" \"x\"", .syntax, 1, 5, "found a text; expected an operator"),
        ("(a", .syntax, 1, 3, "close the parenthesis"),
        ("a)", .syntax, 1, 2, "nothing opens"), ("\"abc", .syntax, 1, 1, "no closing quote"),
        ("/* a", .syntax, 1, 1, "no end"),
        ("`a", .syntax, 1, 1, "closing"), ("``", .syntax, 1, 1, "empty name"), ("a.", .syntax, 1, 3, "after \".\""),
        ("orders[0]", .syntax, 1, 8, "head()"), ("like", .syntax, 1, 1, "reserved word"),
        ("@x", .syntax, 1, 1, "backticks"),
        ("1 + let a = 1 in a", .syntax, 1, 5, "parentheses"), ("{\"a\": 1, a: 2}", .syntax, 1, 10, "twice"),
        ("exists E of xEvent", .syntax, 1, 10, "\"from\""), ("let a = 1", .syntax, 1, 10, "\"in\""),
        ("let now = 1 in now", .syntax, 1, 5, "meaning of its own"),
        ("t occurs last 5 days", .syntax, 1, 10, "< 5 days before now"),
        ("t occurs never", .syntax, 1, 10, "backticks"), ("t occurs < 3 before now", .syntax, 1, 14, "a unit"),
        ("t occurs < 3 days now", .syntax, 1, 19, "\"before\""),
        ("t occurs < 1.5 days before now", .syntax, 1, 12, "whole number"),
        ("CHAIN(xEvent, timestamp, [A: WHAT(a), A: WHAT(b)])", .syntax, 1, 39, "twice"),
        ("CHAIN(xEvent, timestamp, [A: WHEN(a)])", .syntax, 1, 30, "\"WHAT\""),
        ("CHAIN(xEvent, timestamp, [A: WHAT(a) COUNT(1) COUNT(2)])", .syntax, 1, 47, "COUNT stands twice"),
        ("99999999999999999999", .invalidLiteral, 1, 1, "64 bits"), ("12abc", .invalidLiteral, 1, 1, "runs into"),
        ("1.0e999", .invalidLiteral, 1, 1, "range of a double"),
        ("\"\\uD800\"", .invalidLiteral, 1, 2, "four hexadecimal"),
        ("date(2026, 2, 30)", .invalidLiteral, 1, 1, "the calendar has no"),
        ("date(2026, 2)", .wrongArguments, 1, 1, "date(2026, 4, 1)"),
        ("date(a, 2, 3)", .wrongArguments, 1, 6, "whole numbers"),
        ("a = null", .nullComparison, 1, 3, "isNull()"), ("null != a", .nullComparison, 1, 6, "isNotNull()"),
        ("a.equals(null)", .nullComparison, 1, 10, "isNull()"),
        ("a.startWith(\"x\")", .unknownFunction, 1, 3, "startsWith"),
        ("a.avg()", .unknownFunction, 1, 3, "no function is called \"avg\""),
        ("xEvent.size()", .unknownFunction, 1, 8, "\"size\""), ("iSnull(a)", .unknownFunction, 1, 1, "isNull"),
        ("a.head(1)", .wrongArguments, 1, 3, "takes 0 arguments"), ("a.equals()", .wrongArguments, 1, 3, "at least 1"),
        ("head()", .wrongArguments, 1, 1, "head"), ("\"a\" + 1", .wrongArguments, 1, 1, "a text beside \"+\""),
        ("a.contains(\"x\", b)", .wrongArguments, 1, 17, "whether case matters"),
        ("a.contains(3)", .wrongArguments, 1, 12, "takes a text"),
        ("a.map((x, y, z) => x)", .wrongArguments, 1, 7, "3 parameters"),
        ("mapEntry(1, 2)", .wrongArguments, 1, 1, "result of a map"),
        ("x.inSegment()", .wrongArguments, 1, 3, "write it alone"), ("if(a, b)", .wrongArguments, 1, 1, "two values"),
        ("t occurs before 5", .wrongArguments, 1, 17, "a number where a time"),
        ("inSegment(a)", .wrongArguments, 1, 11, "literal text"),
        ("inSegment(\"s-x\")", .unknownAudience, 1, 11, "s-x"), ("$2.a", .wrongScope, 1, 1, "$1"),
        ("^a", .wrongScope, 1, 1, "only 0"),
        ("xEvent[^^a = 1]", .wrongScope, 1, 8, "only 1"), ("@event{x} = 1", .wrongScope, 1, 1, "offer decision"),
        ("(a, b) => a", .wrongScope, 1, 1, "one parameter"), ("a.count((x) => x)", .wrongArguments, 1, 3, "takes 0"),
        ("[(x) => x]", .wrongScope, 1, 2, "a lambda"),
        ("a.matches(\"(\")", .invalidPattern, 1, 12, "this group has no"),
        ("a.regexGroup(\"[\", 1)", .invalidPattern, 1, 15, "this class has no"),
    ])
    func `a mistake is named with its place`(
        row: (text: String, code: PQLError.Code, line: Int, column: Int, part: String)
    ) throws {
        let error = try #require(PQLFixture.error(row.text))

        #expect(error.code == row.code)
        #expect([error.line, error.column] == [row.line, row.column])
        #expect(error.message.contains(row.part), "\(error)")
    }

    @Test func `an error describes itself with line and column`() throws {
        let error = try #require(PQLFixture.error("a =\n= 1"))

        #expect(
            error.description
                == "line 2, column 1: found \"=\"; expected a value such as a path, a number or a text in double quotes"
        )
    }
}
