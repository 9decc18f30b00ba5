/// A pattern as characters, each of which may be quoted by `\Q…\E`, with a place in them.
struct JavaPatternReader {
    struct Unit {
        var scalar: Unicode.Scalar
        /// Whether it stands for itself whatever it is.
        var isQuoted: Bool
        /// Byte offset in the pattern.
        var offset: Int
    }

    private let units: [Unit]
    private let byteCount: Int
    var cursor = 0
    /// Whether blanks and comments are passed over.
    var hasComments = false
    /// Whether only `\n` ends a comment.
    var hasUnixLines = false

    init(_ pattern: String) {
        var units: [Unit] = []
        var offset = 0
        var isQuoted = false
        // After a backslash outside of a quotation the next character is no start of one.
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            units.append(Unit(scalar: scalar, isQuoted: isQuoted, offset: offset))
            offset += UTF8.width(scalar)
            let followsBackslash = units.count > 1 && units[units.count - 2].scalar == "\\"
            if isQuoted {
                if scalar == "E", followsBackslash, units[units.count - 2].isQuoted {
                    units.removeLast(2)
                    isQuoted = false
                }
            } else if isEscaped {
                isEscaped = false
                if scalar == "Q" {
                    units.removeLast(2)
                    isQuoted = true
                }
            } else {
                isEscaped = scalar == "\\"
            }
        }
        self.units = units
        byteCount = offset
    }

    /// The byte offset of the next character, or of the end.
    var offset: Int { cursor < units.count ? units[cursor].offset : byteCount }

    /// The next character after blanks and comments, where these mean nothing; nil at the end.
    mutating func peek() -> Unit? {
        guard hasComments else { return following(0) }
        while let unit = following(0), !unit.isQuoted {
            if unit.scalar == "#" {
                while let unit = following(0), !endsLine(unit.scalar) { cursor += 1 }
            } else if !Self.isBlank(unit.scalar) {
                return unit
            } else {
                cursor += 1
            }
        }
        return following(0)
    }

    /// Passes what ``peek()`` gives.
    mutating func take() -> Unit? {
        guard let unit = peek() else { return nil }
        cursor += 1
        return unit
    }

    /// Passes the very next character, blank or not.
    mutating func takeRaw() -> Unit? {
        guard let unit = following(0) else { return nil }
        cursor += 1
        return unit
    }

    /// The character so many places on, blank or not.
    func following(_ distance: Int) -> Unit? {
        cursor + distance < units.count ? units[cursor + distance] : nil
    }

    /// Passes the next character if it is this one and not quoted.
    mutating func skip(_ symbol: Unicode.Scalar) -> Bool {
        guard peek()?.is(symbol) == true else { return false }
        cursor += 1
        return true
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || ("\t"..."\r").contains(scalar)
    }

    private func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        if hasUnixLines { return scalar == "\n" }
        return ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }
}

extension JavaPatternReader.Unit {
    /// Whether it is a symbol of the syntax.
    func `is`(_ symbol: Unicode.Scalar) -> Bool { !isQuoted && scalar == symbol }

    /// Whether it is one of the symbols of the syntax.
    func `is`(anyOf symbols: Set<Unicode.Scalar>) -> Bool { !isQuoted && symbols.contains(scalar) }
}
