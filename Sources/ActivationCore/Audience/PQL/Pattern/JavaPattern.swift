/// A regular expression of Java 17 as a tree: what `java.util.regex.Pattern` would make of it.
///
/// The expressions of audiences are written for Java (docs/PATTERNS.md); PCRE2, which runs them, reads many of them
/// otherwise. So they are read here by Java's rules and written anew in PCRE2's.
indirect enum JavaPattern: Sendable {
    /// Matches everywhere without taking anything.
    case empty
    /// Takes one character out of a set.
    case character(JavaCharacterSet)
    /// Matches at some places without taking anything.
    case position(Position)
    /// `\R`: any line end.
    case lineEnd
    /// `\X`: what a reader sees as one character.
    case grapheme
    /// What a group has taken, once more; nil = case matters.
    case reference(Int, Folding?)
    /// Parentheses; those with a number capture.
    case group(JavaPattern, number: Int?)
    /// `(?>…)`: the first way to match is the only one.
    case atomic(JavaPattern)
    case look(Look, JavaPattern)
    case repetition(JavaPattern, Repetition)
    case sequence([JavaPattern])
    case choice([JavaPattern])

    enum Position: Sendable {
        /// `^` without `m`, `\A`, and `\G`, since a search starts at the start.
        case textStart
        /// `\z`
        case textEnd
        /// `$` without `m`, and `\Z`: the end, or before the line end there.
        case lastLineEnd(isUnix: Bool)
        /// `^` with `m`.
        case lineStart(isUnix: Bool)
        /// `$` with `m`.
        case lineEnd(isUnix: Bool)
        /// `\b` or, negated, `\B`.
        case wordBoundary(isUnicode: Bool, isNegated: Bool)
        /// A reference to a group that the pattern does not have.
        case nowhere
    }

    /// Whose case does not matter.
    enum Folding: String, Sendable {
        case ascii = "a"
        case unicode = "u"
    }

    struct Look: Sendable {
        var isAhead: Bool
        var isNegated: Bool
    }

    struct Repetition: Sendable {
        enum Greed: Sendable {
            case greedy, lazy, possessive
        }

        var low: Int
        /// nil = without bound.
        var high: Int?
        var greed: Greed
    }
}

extension JavaPattern {
    /// Why a pattern cannot be used, and the byte of it where.
    struct Refusal: Error {
        var message: String
        var offset: Int
    }

    /// The flags of a pattern, as `(?idmsux-U)` turns them on and off.
    struct Flags: Sendable {
        /// `i`: case does not matter; only that of A to Z, without ``foldsUnicode``.
        var ignoresCase = false
        /// `d`: only `\n` ends a line.
        var hasUnixLines = false
        /// `m`: `^` and `$` match at every line.
        var isMultiline = false
        /// `s`: a dot takes line ends too.
        var dotTakesAll = false
        /// `u`: ``ignoresCase`` means all scripts.
        var foldsUnicode = false
        /// `x`: blanks and `#` to the end of the line mean nothing.
        var hasComments = false
        /// `U`: `\w`, `\d`, `\s`, `\b` and the POSIX names mean all scripts.
        var hasUnicodeClasses = false
    }

    /// Levels of parentheses and classes.
    static let depthMax = 100
    /// Look-behinds of a pattern, which may be spelt out at length.
    static let lookBehindsMax = 100
}
