import Testing

@testable import ActivationCore

@Suite(.enabled(if: JavaOracle.java != nil, "no Java 17 on this machine to compare with"))
struct JavaOracleTests {
    /// What a pattern does to a text, in the words of JavaOracle.java.
    private func answer(_ pattern: String, _ text: String, tellsGroups: Bool) -> String {
        guard let compiled = try? PQLPattern(pattern, tellsGroups: tellsGroups) else { return "refused" }
        var cost = 0
        guard let groups = compiled.firstHit(in: text, cost: &cost) else { return "none" }
        return groups.map { $0.map { JavaOracle.hexadecimal(Array(text.utf8)[$0]) } ?? "-" }.joined(separator: ",")
    }

    @Test func `a pattern matches what Java matches, or is refused`() throws {
        var generator = PatternGenerator(random: TestSeed.generator())
        let pairs = (0..<JavaOracle.pairCount).map { _ in (generator.pattern(), generator.text()) }
            // Where nothing is taken Java also looks between the halves of a character beyond U+FFFF.
            .filter { pattern, text in
                !["(?<", "(?!", "\\B", "\\1", "\\2", "\\k"].contains { pattern.contains($0) }
                    || text.unicodeScalars.allSatisfy { $0.value < 0x10000 }
            }

        let expected = try JavaOracle.answers(to: pairs.map { JavaOracle.question("find", $0.0, $0.1) })

        try #require(expected.count == pairs.count)
        var (accepted, hits, refused, silent) = (0, 0, 0, 0)
        for ((pattern, text), expected) in zip(pairs, expected) where expected != "failed" {
            let shown = "pattern \(pattern.debugDescription) on \(text.debugDescription)"
            let groups = answer(pattern, text, tellsGroups: true)
            if groups != "refused" { #expect(groups == expected, "\(shown)") }
            let hit = answer(pattern, text, tellsGroups: false).prefix { $0 != "," }
            if expected == "refused" {
                #expect(hit == "refused", "\(shown)")
                continue
            }
            accepted += 1
            if groups == "refused", hit != "refused" { silent += 1 }
            guard hit != "refused" else {
                refused += 1
                continue
            }
            if hit != "none" { hits += 1 }
            #expect(hit == expected.prefix { $0 != "," }, "\(shown)")
        }
        print(
            "of \(pairs.count) patterns Java accepts \(accepted); \(refused) of these are refused, \(silent) for their "
                + "groups only; \(hits) hit"
        )
        #expect(accepted > pairs.count / 2)
        #expect(refused + silent < accepted / 4)
        #expect(hits > accepted / 10)
    }

    @Test func `texts are equal without regard to case as in Java`() throws {
        var generator = PatternGenerator(random: TestSeed.generator())
        let pairs = (0..<JavaOracle.pairCount).map { _ in generator.similarTexts() }

        let expected = try JavaOracle.answers(to: pairs.map { JavaOracle.question("equal", $0.0, $0.1) })

        try #require(expected.count == pairs.count)
        for ((left, right), expected) in zip(pairs, expected) {
            let test = PQLTextTest(kind: .equals, isNegative: false, ignoresCase: true)
            let found = test.passes(.string(left), [.string(right)], .utc)
            #expect("\(found)" == expected, "\(left.debugDescription) and \(right.debugDescription)")
        }
        #expect(expected.contains("true") && expected.contains("false"))
    }

    private static let classes = [
        "\\p{Lower}", "\\p{Upper}", "\\p{Alpha}", "\\p{Digit}", "\\p{Alnum}", "\\p{Punct}", "\\p{Graph}", "\\p{Print}",
        "\\p{Blank}", "\\p{Cntrl}", "\\p{XDigit}", "\\p{Space}", "(?U)\\p{Lower}", "(?U)\\p{Upper}", "(?U)\\p{Alpha}",
        "(?U)\\p{Digit}", "(?U)\\p{Alnum}", "(?U)\\p{Punct}", "(?U)\\p{Graph}", "(?U)\\p{Print}", "(?U)\\p{Blank}",
        "(?U)\\p{Cntrl}", "(?U)\\p{XDigit}", "(?U)\\p{Space}", "(?U)\\w", "(?U)\\d", "(?U)\\s", "\\w", "\\d", "\\s",
        "\\h",
        "\\v", "\\R", "(?s)\\A.\\z", ".", "(?d).", "\\p{L}", "\\p{Lu}", "\\p{Ll}", "\\p{Lt}", "\\p{LC}", "\\p{LD}",
        "\\p{L1}", "\\p{M}",
        "\\p{N}", "\\p{P}", "\\p{S}", "\\p{Z}", "\\p{C}", "\\P{Cn}", "(?i)\\p{Lu}", "(?i)\\p{Lower}",
        "(?i)\\p{IsLowercase}",
        "\\p{javaLowerCase}", "\\p{javaUpperCase}", "\\p{javaTitleCase}", "\\p{javaAlphabetic}", "\\p{javaIdeographic}",
        "\\p{javaDigit}", "\\p{javaDefined}", "\\p{javaLetter}", "\\p{javaLetterOrDigit}",
        "\\p{javaJavaIdentifierStart}",
        "\\p{javaJavaIdentifierPart}", "\\p{javaIdentifierIgnorable}", "\\p{javaSpaceChar}", "\\p{javaWhitespace}",
        "\\p{javaISOControl}", "\\p{javaMirrored}", "\\p{IsAlphabetic}", "\\p{IsIdeographic}", "\\p{IsUppercase}",
        "\\p{IsTitlecase}", "\\p{IsPunctuation}", "\\p{IsControl}", "\\p{IsWhite_Space}", "\\p{IsHex_Digit}",
        "\\p{IsWord}",
        "\\p{IsJoin_Control}", "\\p{IsNoncharacter_Code_Point}", "\\p{IsAssigned}", "\\p{IsLatin}", "\\p{IsGreek}",
        "\\p{IsHan}",
        "\\p{IsCommon}", "\\p{script=Cyrl}", "\\p{sc=Hiragana}", "\\p{InGreek}", "\\p{InLatin-1 Supplement}",
        "\\p{block=CJK_Unified_Ideographs}", "\\p{InEmoticons}", "\\p{general_category=Sc}", "\\b", "(?U)\\b",
        "[[:alpha:]]",
        "(?iu)[a-z]", "(?iu)[α-ω]", "(?iu)[À-ÿ]", "(?iu)[^k]", "(?i)[k-s]", "(?iu)ß", "(?iu)İ", "(?iu)\\u00e5",
        "(?iu)[Ω]",
        "[a-z&&[^aeiou]]", "[\\p{L}&&[^\\p{Lu}]]", "[^\\p{L}\\s]", "[\\w&&[^\\d_]]", "\\p{Foo}", "\\p{IsFoo}",
        "\\p{InFoo}", "\\p{lower}",
    ]

    @Test func `a class holds the characters that it holds in Java`() throws {
        var answers = try JavaOracle.answers(
            to: (Self.classes + ["\\P{Cn}"]).map { JavaOracle.question("members", $0) }
        )
        try #require(answers.count == Self.classes.count + 1)
        // Unicode has grown since Java 17, which has version 13; two marks have changed their script.
        let known = Self.values(of: answers.removeLast()).filter { value in
            value != 0x16FE2 && value != 0x16FE3
                && (value < 0x250 || value % 97 == 0 || JavaOracle.pairCount >= 10_000)
        }
        for (pattern, answer) in zip(Self.classes, answers) {
            guard let compiled = try? PQLPattern(pattern, tellsGroups: false) else {
                #expect(answer == "refused", "\(pattern)")
                continue
            }
            let expected = Set(Self.values(of: answer))
            let differing = known.filter { value in
                guard let scalar = Unicode.Scalar(value) else { return false }
                var cost = 0
                return (compiled.firstHit(in: String(scalar), cost: &cost) != nil) != expected.contains(value)
            }
            #expect(answer != "refused", "\(pattern)")
            #expect(differing.isEmpty, "\(pattern): \(differing.map { String($0, radix: 16) }.prefix(30))")
        }
    }

    private static func values(of ranges: String) -> [UInt32] {
        ranges.split(separator: " ").flatMap { range -> [UInt32] in
            let ends = range.split(separator: "-").compactMap { UInt32($0, radix: 16) }
            return ends.count == 2 && ends[0] <= ends[1] ? Array(ends[0]...ends[1]) : []
        }
    }
}
