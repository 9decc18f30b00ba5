@testable import ActivationCore

/// Makes patterns out of all that Java's syntax has, a few of them wrong, and texts that they may hit.
struct PatternGenerator {
    var random: SplitMix64

    private static let characters: [String] = [
        "a", "b", "c", "A", "B", "k", "K", "s", "S", "i", "I", "1", "2", "_", "-", "&", " ", "ß", "ẞ", "ſ", "ı", "İ",
        "\u{212A}",
        "é", "É", "σ", "ς", "Σ", "µ", "μ", "ǆ", "ǅ", "𐐀", "𐐨", "😀", "\u{301}", "\n", "\r", "\u{85}", "\u{2028}",
        "\u{B}", "\u{A0}",
        "]", "}", "#", "漢", "\u{660}",
    ]

    mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func text() -> String {
        let alphabet = chance(50) ? ["a", "b", "A", "\n", "\r", "1", " "] : Self.characters
        return (0..<Int.random(in: 0...9, using: &random)).map { _ in pick(alphabet) }.joined()
    }

    /// Two texts that differ in the case of some characters, or a little more.
    mutating func similarTexts() -> (String, String) {
        let cased: [[String]] = [
            ["k", "K", "\u{212A}"], ["s", "S", "ſ"], ["i", "I", "ı", "İ"], ["ß", "ẞ", "ss"], ["σ", "ς", "Σ"],
            ["µ", "μ", "Μ"],
            ["ǆ", "ǅ", "Ǆ"], ["𐐀", "𐐨"], ["é", "É", "e\u{301}"], ["å", "Å", "\u{212B}"], ["ω", "Ω", "\u{2126}"],
            ["θ", "ϑ", "ϴ"],
            ["ა", "Ა"], ["Ꭰ", "ꭰ"], ["ﬁ", "fi"], ["ŉ", "ʼn"], ["ᾳ", "ᾼ"], ["ᾀ", "ᾈ"], ["1", "１"], ["a", "A", "а"],
        ]
        var (left, right) = ("", "")
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let forms = chance(95) ? cased.randomElement(using: &random) ?? [] : Self.characters
            left += pick(forms)
            right += pick(forms)
        }
        return (left, right)
    }

    mutating func pattern() -> String {
        let flags =
            chance(40)
            ? pick(["(?i)", "(?iu)", "(?m)", "(?s)", "(?d)", "(?x)", "(?U)", "(?iU)", "(?dm)", "(?u)", "(?ms)"]) : ""
        return flags + choice(depth: 3)
    }

    private mutating func choice(depth: Int) -> String {
        (0..<(chance(75) ? 1 : 2)).map { _ in sequence(depth: depth) }.joined(separator: "|")
    }

    private mutating func sequence(depth: Int) -> String {
        (0..<Int.random(in: chance(95) ? 1...3 : 0...0, using: &random)).map { _ in part(depth: depth) }.joined()
    }

    private mutating func part(depth: Int) -> String {
        let atom = atom(depth: depth)
        guard chance(30) else { return atom }
        return atom
            + pick([
                "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{1,}", "*?", "+?", "??", "*+", "++", "?+", "{1,2}?", "{1,2}+",
            ])
    }

    private mutating func atom(depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 20 : 13), using: &random) {
        case 0..<4: return pick(["a", "b", "A", "1", "ab", "ß", "k", "s"])
        case 4, 5: return pick(Self.characters)
        case 6: return pick(["^", "$", ".", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G"])
        case 7: return pick(["\\d", "\\D", "\\s", "\\S", "\\w", "\\W", "\\h", "\\H", "\\v", "\\V", "\\R"])
        case 8: return property()
        case 9: return escape()
        case 10, 11: return characterClass(depth: 2)
        case 12: return pick(["\\1", "\\2", "\\k<n>", "\\Qa.b\\E", "\\Q*\\E", ".", "."])
        case 13, 14: return "(\(choice(depth: depth - 1)))"
        case 15: return "(?:\(choice(depth: depth - 1)))"
        case 16: return pick(["(?=", "(?!", "(?>", "(?<n>"]) + "\(choice(depth: depth - 1)))"
        case 17: return pick(["(?<=", "(?<!"]) + "\(choice(depth: 1)))"
        case 18:
            return pick(["(?i:", "(?-i:", "(?iu:", "(?s-m:", "(?x:", "(?U:", "(?m:"]) + "\(choice(depth: depth - 1)))"
        default: return pick(["(?i)", "(?-i)", "(?u)", "(?s)", "(?-s)", "(?m)", "(?x)", "(?-x)"])
        }
    }

    private mutating func property() -> String {
        pick(["\\p", "\\P"])
            + pick([
                "L", "{L}", "{Lu}", "{Ll}", "{Lower}", "{Upper}", "{Alpha}", "{Punct}", "{Space}", "{Alnum}",
                "{IsLatin}",
                "{IsGreek}", "{InGreek}", "{IsAlphabetic}", "{IsUppercase}", "{javaLowerCase}", "{javaWhitespace}",
                "{gc=Lu}", "{script=Greek}", "{blk=BasicLatin}", "{M}", "N", "{IsPunctuation}", "{ASCII}", "{Graph}",
                "{Print}",
                "{IsWord}", "{Blank}", "{XDigit}", "{Foo}",
            ])
    }

    private mutating func escape() -> String {
        pick([
            "\\n", "\\r", "\\t", "\\x41", "\\x{1F600}", "\\u00e9", "\\ud83d\\ude00", "\\0101", "\\cA", "\\.", "\\\\",
            "\\-", "\\ ",
            "\\#", "\\é", "\\e", "\\a", "\\f", "\\y", "\\_", "\\u0085",
        ])
    }

    private mutating func characterClass(depth: Int) -> String {
        "[" + pick(["", "", "^"]) + classBody(depth: depth) + "]"
    }

    private mutating func classBody(depth: Int) -> String {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            switch Int.random(in: 0..<(depth > 0 ? 15 : 10), using: &random) {
            case 0..<3: pick(["a", "b", "A", "k", "ß", "^", ".", "$"])
            case 3: pick(Self.characters)
            case 4, 5:
                pick(["a-c", "A-Z", "a-z", "0-9", "α-ω", "!-~", "\\x41-\\x43", "h-j", "Å-ÿ", "𐐀-𐐏", "b-", "--a"])
            case 6: pick(["\\d", "\\s", "\\w", "\\W", "\\h", "\\v", "\\S", "\\v-\\r"])
            case 7: property()
            case 8: escape()
            case 9: pick(["\\Qa-c\\E", "&", "-", "[:alpha:]", "\\]", "\\["])
            case 10, 11: characterClass(depth: depth - 1)
            case 12, 13: "&&" + characterClass(depth: depth - 1)
            default: "&&" + pick(["a-k", "\\w", "^a", "b"])
            }
        }.joined()
    }
}
