import Testing

@testable import ActivationCore

struct PQLPatternTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        var cost = 0
        return try PQLPattern(pattern, tellsGroups: false).firstHit(in: text, cost: &cost) != nil
    }

    /// What Java 17 answers.
    @Test(arguments: [
        // Classes.
        (#"^[a-z&&[^aeiou]]+$"#, "xyz", true), (#"^[a-z&&[^aeiou]]+$"#, "xaz", false), (#"^[a[b-d]]+$"#, "abcd", true),
        (#"^[^a[b]]$"#, "b", false), (#"^[[:alpha:]]$"#, "z", false), (#"^[[:alpha:]]$"#, ":", true),
        (#"^[]a]$"#, "]", true),
        (#"^[\Qa-c\E]$"#, "b", false), (#"^[\Qa-c\E]$"#, "-", true), (#"^[a&&b&&c]$"#, "a", false),
        (#"^[&&a]$"#, "a", true),
        (#"^[a&&^a]$"#, "^", false), (#"^[\w&&[^\d_]]$"#, "7", false), (#"[\p{L}&&[^\p{Lu}]]"#, "É", false),
        (#"^[a-z&&[def]&&[e-g]]$"#, "e", true), (#"^[^\p{L}&&[a-z]]$"#, "a", false),
        // Scripts and case.
        (#"^\w$"#, "é", false), (#"(?U)^\w$"#, "é", true), (#"^\d$"#, "٣", false), (#"(?U)^\d$"#, "٣", true),
        (#"^\s$"#, "\u{A0}", false),
        (#"^\p{Lower}$"#, "é", false), (#"(?U)^\p{Lower}$"#, "é", true), (#"^\p{IsLowercase}$"#, "é", true),
        (#"(?i)^É$"#, "é", false),
        (#"(?iu)^É$"#, "é", true), (#"(?i)k"#, "\u{212A}", false), (#"(?iu)k"#, "\u{212A}", true),
        (#"(?i)^[a-k]$"#, "K", true),
        (#"(?iu)^σ$"#, "ς", true), (#"(?iu)^aß$"#, "aẞ", true), (#"(?iu)^ß$"#, "ẞ", false),
        (#"^\p{javaLowerCase}$"#, "é", true),
        (#"^\p{IsGreek}$"#, "σ", true), (#"^\p{InGreek}$"#, "ͺ", true), (#"^\p{block=Latin-1 Supplement}$"#, "é", true),
        (#"(?i)^\p{Lu}$"#, "a", true), (#"^\pL$"#, "ж", true), (#"^\p{gc=Nd}$"#, "٣", true), (#"^\PL$"#, "ж", false),
        // Lines.
        (#"a$"#, "a\n", true), (#"a$"#, "a\r", true), (#"a$"#, "a\u{85}", true), (#"a$"#, "a\u{2029}", true),
        (#"a$"#, "a\r\n", true),
        (#"a\r$"#, "a\r\n", false), (#"a$"#, "a\n\n", false), (#"a\Z"#, "a\u{2028}", true), (#"a\z"#, "a\n", false),
        (#"(?d)a$"#, "a\r", false), (#"^a.$"#, "a\u{85}", false), (#"^a.$"#, "a\u{B}", true),
        (#"(?s)^a.$"#, "a\u{85}", true),
        (#"(?m)^b"#, "a\rb", true), (#"(?m)^b"#, "a\u{2028}b", true), (#"(?m)^"#, "", false),
        (#"(?md)^b"#, "a\rb", false),
        (#"(?m)a$"#, "a\u{85}b", true), (#"a\Rb"#, "a\r\nb", true), (#"^\v$"#, "\u{2028}", true),
        (#"^\h$"#, "\u{A0}", true),
        // Words.
        (#"\bé"#, "xé", false), (#"x\b"#, "xé", false), (#"e\b"#, "e\u{301}", false), (#"\Bb"#, "ab", true),
        // Characters by number.
        (#"^\u00e9$"#, "é", true), (#"^\ud83d\ude00$"#, "😀", true), (#"^\x{1F600}$"#, "😀", true),
        (#"^\0101$"#, "A", true),
        (#"^\cA$"#, "\u{1}", true), (#"^[\x41-\x43]$"#, "B", true), (#"^\e\a\f$"#, "\u{1B}\u{7}\u{C}", true),
        // Groups, references and quantifiers.
        (#"^(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\11$"#, "abcdefghija1", true), (#"^(?<y>a)\k<y>$"#, "aa", true),
        (#"\2(a)"#, "aa", false),
        (#"^(?:a|ab)(?:c|bcd)$"#, "abcd", true), (#"^(?:a|ab){2}+c"#, "abac", false), (#"^a{2}{3}$"#, "aa", true),
        (#"(?i)^(\w+) \1$"#, "Ask aSK", true), (#"(?i)^(\w+) \1$"#, "Ask aS\u{212A}", false),
        (#"(?i)^(é) \1$"#, "é É", false),
        (#"(?iu)^(.+) \1$"#, "Ask aS\u{212A}", true), (#"(?iu)^(.+) \1x"#, "İé iÉx", true),
        (#"(?i)^(?:(a)|b)\1"#, "bb", false),
        (#"(?i)^(a|ab)(c|bcd)\1$"#, "ABCDa", true), (#"(?i)(\w+)\W+\1"#, "to be or Or", true),
        (#"(?<=\b{0,2}a)b"#, "ab", true), (#"(?<=(?:^)?a)b"#, "xab", true), (#"(?<=\Ba|(?=c)?x)b"#, "ab", false),
        (#"(?<=a|bc)d"#, "bcd", true), (#"(?<=a{1,3})b"#, "aab", true), (#"(?<!\r\n|\n)a"#, "\na", false),
        (#"(?x) a  b # c"#, "ab", true), (#"(?x)[a b]"#, " ", false), (#"(?x)a\ b"#, "a b", true),
        (#"a?(?:1)?+a"#, "a", true),
        (#"\Q[a]\E+"#, "[a]]", true), (#"|a"#, "", true), (#"\PN?\B"#, "1B", true), (#"^(a\1?){2}$"#, "aaa", true),
    ])
    func `a pattern means what Java means by it`(row: (pattern: String, text: String, result: Bool)) throws {
        #expect(try matches(row.pattern, row.text) == row.result)
    }

    /// Patterns that Java refuses, or that cannot be run as Java would.
    @Test(arguments: [
        ("*a", 0), ("a**", 2), ("a|*", 2), ("a{", 1), ("a{,3}", 1), ("a{2,1}", 1), ("a{99999}", 1), ("(a", 0),
        ("a)", 1), ("[a", 0),
        ("[", 0), ("[^]", 0), ("[b-a]", 1), ("[a&&]", 2), ("[a&&[b]&c]", 2), ("\\", 0), ("ab\\y", 2), ("[\\b]", 1),
        ("[\\1]", 1),
        ("\\p{Foo}", 0), ("x\\p{IsFoo}", 1), ("\\p{InFoo}", 0), ("\\p{sc=Foo}", 0), ("\\p{}", 0), ("\\p", 0),
        ("\\u12", 0), ("\\x4", 0),
        ("\\x{110000}", 0), ("\\08", 0), ("\\ud83d", 0), ("a\\k<n>", 1), ("(?<n>a)(?<n>b)", 7), ("(?<1>a)", 3),
        ("a(?R)", 1),
        ("(?|a)", 0), ("(?#a)", 0), ("(?P<a>b)", 0), ("(*FAIL)", 1), ("a\\Kb", 1), ("(?(1)a|b)", 0), ("(?c)a", 0),
        ("(?i-i-i)a", 0),
        ("(?<=a+)b", 0), ("(?<!a*)b", 0), ("(a)(?<=\\1)b", 3), ("(?<=(a|bc)d)e", 0), ("(?<=(?:a|b){2})c", 0),
        ("(?<=(\\b)?a)b", 0), ("(?<=\\X)b", 0),
        ("\\b{g}", 0),
        ("\\N{DIGIT ONE}", 0), ("(?:a|b?){2}", 8), ("é*+*", 4), ("(?x)[& a]", 5),
    ])
    func `what cannot mean the same is refused where it stands`(pattern: String, offset: Int) throws {
        let refusal = #expect(throws: JavaPattern.Refusal.self) { try PQLPattern(pattern, tellsGroups: false) }

        #expect(refusal?.offset == offset)
    }

    @Test(arguments: [
        ("(a)(?!(b))", 6), ("(?:(a*))*", 3), ("(a?)*", 0), ("(?:(?>(a)b)|a)", 6), ("(a)?+b", 0), ("(?:(?=(a))b|a)", 6),
    ])
    func `a group is refused only where its text is asked for`(pattern: String, offset: Int) throws {
        let refusal = #expect(throws: JavaPattern.Refusal.self) { try PQLPattern(pattern, tellsGroups: true) }

        #expect(refusal?.offset == offset)
        #expect(throws: Never.self) { try PQLPattern(pattern, tellsGroups: false) }
    }

    @Test(arguments: [
        (#"a.matches("[a&&]")"#, 1, 14), (#"a.matches("\\d\u0041*+*")"#, 1, 23),
        ("b or\n  a.regexGroup(\"é\\t(\", 1)", 2, 20),
        (#"a.matches("(")"#, 1, 12), (#"a.matches("a)")"#, 1, 13), (#"a.matches("")"# + " or a.matches(\"*\")", 1, 29),
    ])
    func `a refusal names its column in the expression`(row: (text: String, line: Int, column: Int)) throws {
        let error = try #require(PQLFixture.error(row.text))

        #expect(error.code == .invalidPattern)
        #expect((error.line, error.column) == (row.line, row.column))
    }

    @Test func `no pattern crashes the compiler, and none makes it run on`() {
        var generator = PatternGenerator(random: TestSeed.generator())
        for _ in 0..<3_000 {
            var scalars = Array(generator.pattern().unicodeScalars)
            for _ in 0..<Int.random(in: 0...3, using: &generator.random) where !scalars.isEmpty {
                let place = Int.random(in: 0..<scalars.count, using: &generator.random)
                if Bool.random(using: &generator.random) {
                    scalars.remove(at: place)
                } else {
                    scalars.insert(
                        Array("()[]{}\\^-&?*+|<>x:Qpku0".unicodeScalars).randomElement(using: &generator.random) ?? "(",
                        at: place
                    )
                }
            }
            let pattern = String(String.UnicodeScalarView(scalars))
            guard let compiled = try? PQLPattern(pattern, tellsGroups: false) else { continue }
            var cost = 0
            _ = compiled.firstHit(in: generator.text(), cost: &cost)
        }
        for pattern in [
            String(repeating: "(", count: 60_000), String(repeating: "[", count: 60_000),
            String(repeating: "(?i)", count: 15_000),
            "(?<=" + String(repeating: "a{0,9}", count: 50) + ")", String(repeating: "\\b", count: 20_000),
            String(repeating: "(?<=a|bc)", count: 3_000), String(repeating: "a{1,60000}", count: 9),
            String(repeating: "|", count: 60_000),
            "(?<=" + String(repeating: "(?:", count: 9) + "a" + String(repeating: "){65535}", count: 9) + ")",
            String(repeating: "(?<=a{0,150})", count: 4_000),
            "(?<=a{0,99}" + String(repeating: "b", count: 60_000) + ")",
        ] {
            _ = try? PQLPattern(pattern, tellsGroups: true)
        }
    }

    /// Texts that are equal without regard to case, or not, in Java.
    @Test(arguments: [
        ("Σ", "ς", true), ("σ", "ς", true), ("µ", "μ", true), ("ſ", "S", true), ("\u{212A}", "k", true),
        ("İ", "i", true),
        ("ı", "I", true), ("ß", "ẞ", true), ("ß", "ss", false), ("é", "É", true), ("e\u{301}", "é", false),
        ("𐐀", "𐐨", true),
        ("ǆ", "ǅ", true), ("ﬁ", "fi", false), ("ᾳ", "ᾼ", true), ("ŉ", "ʼN", false), ("a", "а", false), ("", "", true),
        ("Straße", "STRASSE", false), ("ΌΔΌΣ", "όδός", true),
    ])
    func `case is folded as equalsIgnoreCase folds it`(row: (left: String, right: String, result: Bool)) throws {
        for (left, right) in [(row.left, row.right), (row.right, row.left)] {
            for function in ["equals", "startsWith", "endsWith", "contains"] {
                #expect(
                    try PQLFixture.value("\"\(left)\".\(function)(\"\(right)\", false)")
                        == "\(row.result || (right.isEmpty && function != "equals"))"
                )
            }
        }
    }
}
