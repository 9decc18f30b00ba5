import Foundation
import Synchronization
import Testing

@testable import ActivationCore

/// Patterns and texts that are as large as they may be.
struct PatternBoundTests {
    private static let long = [
        "[" + String(repeating: "a", count: 65_000) + "]",
        "[" + String(repeating: "[a]", count: 20_000) + "]",
        "[" + String(repeating: "a\\d", count: 20_000) + "]",
        "[a" + String(repeating: "&&[ab]", count: 10_000) + "]",
        "[a&&" + String(repeating: "[ab]", count: 15_000) + "]",
        "[a" + String(repeating: "&&a", count: 20_000) + "]",
        String(repeating: "b|", count: 20_000) + "a",
        String(repeating: "(?:b)|", count: 10_000) + "a",
        String(repeating: "a?", count: 20_000) + "a",
        String(repeating: "a", count: 20_000),
        String(repeating: "(a)", count: 10_000),
        String(repeating: "(", count: 100) + "a" + String(repeating: ")", count: 100),
        String(repeating: "(?>(?=", count: 50) + "a" + String(repeating: "){1,2}+)", count: 50),
        String(repeating: "[^[a]&&", count: 50) + "a" + String(repeating: "]", count: 50),
        String(repeating: "(", count: 60_000), String(repeating: "[", count: 60_000),
        String(repeating: "(?i)", count: 15_000) + "a",
        "a" + String(repeating: "?+", count: 20_000),
        "a" + String(repeating: "*", count: 20_000),
        String(repeating: "(?<=a)", count: 10_000),
        String(repeating: "\\p{IsGreek}", count: 5_000),
        "[" + String(repeating: "\\d\\p{javaMirrored}", count: 3_000) + "]",
        String(repeating: "\\p{javaMirrored}", count: 3_000),
    ]

    /// Does something on a thread with as little stack as any of the process has.
    private func onSmallStack(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                work()
                continuation.resume()
            }
            thread.stackSize = 512 << 10
            thread.start()
        }
    }

    @Test(arguments: long.indices)
    func `a long pattern is run or refused on a small stack`(index: Int) async {
        await onSmallStack {
            var cost = 0
            for tellsGroups in [false, true] {
                _ = try? PQLPattern(Self.long[index], tellsGroups: tellsGroups).firstHit(in: "bcabc", cost: &cost)
            }
        }
    }

    @Test func `a long class means what a short one means`() throws {
        var cost = 0
        let pattern = try PQLPattern("^[" + String(repeating: "ab", count: 30_000) + "]$", tellsGroups: false)
        #expect(pattern.firstHit(in: "b", cost: &cost) != nil)
        #expect(pattern.firstHit(in: "c", cost: &cost) == nil)
    }

    @Test func `a pattern is not written out further than it may be`() throws {
        let sets = (0..<5_000).map { _ in JavaPattern.character(.ranges((0..<1_000).map { ($0 * 2)...($0 * 2) })) }
        let text = JavaPatternWriter(.sequence(sets), groupCount: 0).text
        #expect(text.utf8.count < JavaPatternWriter.bytesMax + 100)

        let pattern = "(?iu)[" + String(repeating: "\\u0000-\\uffff", count: 4_600) + "]"
        var parser = JavaPatternParser(pattern)
        let tree = try parser.pattern(tellsGroups: false)
        #expect(JavaPatternWriter(tree, groupCount: 0).text.utf8.count < 10_000)
    }

    @Test(arguments: [
        (#"\d++[.,]\d\d"#, "1"), (#"1*+[bc]"#, "1"), (#"(?>1+)[bc]"#, "1"), (#"1+[bc]"#, "1"), (#"(?:11)*+[bc]"#, "1"),
        (#"1{30000}[bc]"#, "1"), (#"(?:1\d){1000}[bc]"#, "1"), (#"(?=1*+[bc])"#, "1"), (#"1*+b|1*+[cd]"#, "1"),
        (#"(?:1|2)++[bc]"#, "1"),
        (String(repeating: "1", count: 2_000) + "[bc]", "1"), (#"(?:\d(?:1|2|3|4|5|6|7|8|9))++[bc]"#, "1"),
        (#"(1{40000})[bc]|\1[bc]"#, "1"),
    ])
    func `the work from all places of a text counts together`(pattern: String, unit: String) throws {
        let text = String(repeating: unit, count: 100_000)
        var cost = 0
        let before = PQLStatistics.patternLimitHits
        #expect(try PQLPattern(pattern, tellsGroups: false).firstHit(in: text, cost: &cost) == nil)
        #expect(PQLStatistics.patternLimitHits > before)
        #expect(cost > 20_000)
    }

    @Test(arguments: [
        #"\w+@\w+\.com"#, #"\d{3}-\d{4}"#, #"(?i)\bneedle\b"#, #"[a-z]+ing\s+(?:the|a)\s+needle"#, #"(?m)^needle.*$"#,
        #"(\w+)\s+\1 needle"#, #"(?:foo|bar|needle)$"#, #"\s{17,}needle"#,
    ])
    func `an ordinary pattern searches 100 kilobytes of ordinary text`(pattern: String) throws {
        let words = "a text of some words, each going its way; 12 of them and no more.\n"
        let text = String(repeating: words, count: 1_500)
        let compiled = try PQLPattern(pattern, tellsGroups: false)
        let end = "rosa@example.com 555-1234 going the needle\nneedle needle needle" + String(repeating: " ", count: 20)
        var cost = 0
        #expect(compiled.firstHit(in: text, cost: &cost) == nil)
        #expect(cost < 200_000)
        #expect(compiled.firstHit(in: text + end + "needle", cost: &cost) != nil)
    }

    @Test func `marks upon a letter are followed from the last place`() {
        var search = PQLPattern.Search()
        var text = "-\u{301}\u{301}a\u{301}\u{301}\u{301}-"
        text.withUTF8 { bytes in
            let boundaries = [0, 1, 3, 5, 6, 8, 10, 12, 13].map {
                search.isWordBoundary(in: bytes, at: $0, isUnicode: false)
            }
            #expect(boundaries == [false, false, false, true, false, false, false, true, false])
            #expect(search.lastBase.position == 12)
            #expect(search.lastBase.isThere)
        }
    }

    @Test func `compiling a pattern out of data is work of the evaluation`() throws {
        func isFound(patternBytes: Int) throws -> Bool {
            let pattern = "a|" + String(repeating: "b", count: patternBytes - 2)
            let items = Array(repeating: "\"b\"", count: 2_000) + ["\"a\""]
            var profile = try PQLProfile(
                fromXDM: JSONDocument(parsing: "{\"items\": [\(items.joined(separator: ","))], \"p\": \"\(pattern)\"}"),
                now: Timestamp(milliseconds: 0)
            )
            let program = try PQLProgram(
                compiling: PQLExpression(parsing: "select i from items where i.matches(p)"),
                paths: &profile.paths,
                audience: { _ in nil }
            )
            return program.qualifies(profile.input, paths: profile.paths)
        }
        #expect(try isFound(patternBytes: 20))
        #expect(try !isFound(patternBytes: 4_000))
    }

    @Test func `a pattern out of data is bounded`() throws {
        func result(_ count: Int) throws -> Bool {
            let pattern = "[" + String(repeating: "a", count: count - 2) + "]"
            var profile = try PQLProfile(
                fromXDM: JSONDocument(parsing: "{\"t\": \"a\", \"p\": \"\(pattern)\"}"),
                now: Timestamp(milliseconds: 0)
            )
            let program = try PQLProgram(
                compiling: PQLExpression(parsing: "t.matches(p)"),
                paths: &profile.paths,
                audience: { _ in nil }
            )
            return program.qualifies(profile.input, paths: profile.paths)
        }
        #expect(try result(Limits.dynamicPatternBytesMax))
        #expect(try !result(Limits.dynamicPatternBytesMax + 1))
    }

    @Test(arguments: [
        "\\p{L", "\\p{", "\\p", "\\p{}", "\\p{In Basic Latin}", "\\p{IsLatin_}", "\\p{Is_Latin}", "\\p{IsLa_tin}",
        "\\p{IsOldItalic}", "(?x)a{ 2 }", "(?x)a{ 2}",
    ])
    func `what Java refuses is refused`(pattern: String) {
        #expect(throws: JavaPattern.Refusal.self) { try PQLPattern(pattern, tellsGroups: false) }
    }

    @Test(arguments: [
        "\\p{InBasic Latin}", "\\p{InBasic_Latin}", "\\p{IsOld_Italic}", "\\p{IsLatn}", "\\p{IsItal}",
        "(?x)a{2 }", "(?x)a{2 , 3}",
    ])
    func `what Java takes is taken`(pattern: String) throws {
        _ = try PQLPattern(pattern, tellsGroups: false)
    }
}
