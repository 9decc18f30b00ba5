extension JavaPatternParser {
    /// What a backslash and what follows it stand for.
    enum Escape {
        case character(Unicode.Scalar)
        case set(JavaCharacterSet)
        case pattern(JavaPattern)
    }

    /// Reads an escape from its backslash on; at the ends of a range `\v` is a character.
    mutating func escape(inClass: Bool, isRange: Bool = false) throws(Refusal) -> Escape {
        _ = reader.take()
        let offset = reader.offset - 1
        guard let unit = reader.takeRaw() else {
            throw refusal("a character follows a backslash; a literal one is \"\\\\\"", at: offset)
        }
        guard unit.scalar.isASCII, unit.scalar.properties.isAlphabetic || unit.scalar.digit(radix: 10) != nil else {
            return .character(unit.scalar)
        }
        if let character = try character(of: unit.scalar, isRange, from: offset) { return .character(character) }
        if let set = try set(of: unit.scalar, from: offset) { return .set(set) }
        if !inClass, let pattern = try pattern(of: unit.scalar, from: offset) { return .pattern(pattern) }
        throw refusal(
            inClass && Self.places.contains(unit.scalar)
                ? "\"\\\(unit.scalar)\" takes no character; it cannot stand in a class"
                : "Java knows no escape \"\\\(unit.scalar)\"; leave the backslash out for the letter itself",
            at: offset
        )
    }

    private static let places: Set<Unicode.Scalar> = [
        "A", "B", "G", "R", "X", "Z", "b", "k", "z", "1", "2", "3", "4", "5", "6", "7", "8", "9",
    ]

    // MARK: Characters

    private mutating func character(
        of letter: Unicode.Scalar,
        _ isRange: Bool,
        from offset: Int
    ) throws(Refusal) -> Unicode.Scalar? {
        switch letter {
        case "a": return "\u{7}"
        case "e": return "\u{1B}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return isRange ? "\u{B}" : nil
        case "0": return try octal(from: offset)
        case "x": return try hexadecimal(from: offset)
        case "u": return try unicode(from: offset)
        case "c":
            guard let unit = reader.take() else { throw refusal("a character follows \"\\c\"", at: offset) }
            return try scalar(unit.scalar.value ^ 64, from: offset)
        case "N":
            throw refusal("characters by name are not supported; write the number, as in \\x{1F600}", at: offset)
        default: return nil
        }
    }

    private func scalar(_ value: UInt32, from offset: Int) throws(Refusal) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(value) else {
            throw refusal("this is half a pair or beyond the last character (10FFFF); no text holds it", at: offset)
        }
        return scalar
    }

    /// Reads the next digit, if it is one.
    private mutating func digit(radix: Int) -> UInt32? {
        guard let unit = reader.peek(), !unit.isQuoted, let digit = unit.scalar.digit(radix: radix) else { return nil }
        _ = reader.take()
        return UInt32(digit)
    }

    private mutating func octal(from offset: Int) throws(Refusal) -> Unicode.Scalar {
        guard var value = digit(radix: 8) else {
            throw refusal("one to three octal digits follow \"\\0\", as in \\012", at: offset)
        }
        let isShort = value > 3
        if let second = digit(radix: 8) {
            value = value * 8 + second
            if !isShort, let third = digit(radix: 8) { value = value * 8 + third }
        }
        return try scalar(value, from: offset)
    }

    private mutating func hexadecimal(from offset: Int) throws(Refusal) -> Unicode.Scalar {
        var value: UInt32 = 0
        if reader.skip("{") {
            guard reader.peek()?.scalar.digit(radix: 16) != nil else {
                throw refusal("hexadecimal digits follow \"\\x{\", as in \\x{1F600}", at: offset)
            }
            while value <= 0x10FFFF, let digit = digit(radix: 16) { value = value << 4 + digit }
            guard value > 0x10FFFF || reader.skip("}") else {
                throw refusal("\"}\" follows the hexadecimal digits after \"\\x{\"", at: offset)
            }
        } else {
            guard let first = digit(radix: 16), let second = digit(radix: 16) else {
                throw refusal("two hexadecimal digits follow \"\\x\", as in \\x41", at: offset)
            }
            value = first << 4 + second
        }
        return try scalar(value, from: offset)
    }

    /// Reads `XXXX` after `\u`, and a second `\uXXXX` when the first is half of a pair.
    private mutating func unicode(from offset: Int) throws(Refusal) -> Unicode.Scalar {
        let unit = try fourDigits(from: offset)
        if 0xD800..<0xDC00 ~= unit, reader.skip("\\"), reader.skip("u") {
            let low = try fourDigits(from: offset)
            if 0xDC00..<0xE000 ~= low {
                return try scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), from: offset)
            }
        }
        return try scalar(unit, from: offset)
    }

    private mutating func fourDigits(from offset: Int) throws(Refusal) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = digit(radix: 16) else {
                throw refusal("four hexadecimal digits follow \"\\u\", as in \\u00e9", at: offset)
            }
            value = value << 4 + digit
        }
        return value
    }

    // MARK: Sets

    private mutating func set(of letter: Unicode.Scalar, from offset: Int) throws(Refusal) -> JavaCharacterSet? {
        let isUnicode = flags.hasUnicodeClasses
        switch letter {
        case "d": return .digits(isUnicode: isUnicode)
        case "D": return JavaCharacterSet.digits(isUnicode: isUnicode).negated
        case "h": return .horizontalBlanks
        case "H": return JavaCharacterSet.horizontalBlanks.negated
        case "s": return .blanks(isUnicode: isUnicode)
        case "S": return JavaCharacterSet.blanks(isUnicode: isUnicode).negated
        case "v": return .verticalBlanks
        case "V": return JavaCharacterSet.verticalBlanks.negated
        case "w": return .wordCharacters(isUnicode: isUnicode)
        case "W": return JavaCharacterSet.wordCharacters(isUnicode: isUnicode).negated
        case "p": return try property(from: offset)
        case "P": return try property(from: offset).negated
        default: return nil
        }
    }

    /// Reads what follows `\p`: a letter, or a name in braces.
    private mutating func property(from offset: Int) throws(Refusal) -> JavaCharacterSet {
        var name = ""
        if reader.skip("{") {
            while let unit = reader.following(0), !unit.is("}") {
                name.unicodeScalars.append(unit.scalar)
                reader.cursor += 1
            }
            guard reader.takeRaw() != nil else { throw refusal("this \"\\p{\" has no \"}\"", at: offset) }
        } else if let unit = reader.take() {
            name.unicodeScalars.append(unit.scalar)
        }
        guard let set = JavaProperty.set(named: name, flags) else {
            throw refusal(
                "Java knows no property \"\(name)\"; it has categories as \\p{Lu}, scripts as \\p{IsGreek}, blocks as "
                    + "\\p{InGreek}, \\p{Alpha} and \\p{IsAlphabetic}",
                at: offset
            )
        }
        return set
    }

    // MARK: Places and references

    private mutating func pattern(of letter: Unicode.Scalar, from offset: Int) throws(Refusal) -> JavaPattern? {
        switch letter {
        case "A", "G": return .position(.textStart)
        case "B": return .position(.wordBoundary(isUnicode: flags.hasUnicodeClasses, isNegated: true))
        case "b":
            if reader.peek()?.is("{") == true, reader.following(1)?.is("g") == true {
                throw refusal("\"\\b{g}\" is not supported; \\X takes what a reader sees as one character", at: offset)
            }
            return .position(.wordBoundary(isUnicode: flags.hasUnicodeClasses, isNegated: false))
        case "Z": return .position(.lastLineEnd(isUnix: flags.hasUnixLines))
        case "z": return .position(.textEnd)
        case "R": return .lineEnd
        case "X": return .grapheme
        case "k": return try namedReference(from: offset)
        default:
            guard let digit = letter.digit(radix: 10), digit > 0 else { return nil }
            return numberedReference(digit)
        }
    }
}
