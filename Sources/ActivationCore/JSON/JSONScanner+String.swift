extension JSONScanner {
    /// Reads a string from its opening quote to its closing one and writes it canonically, quotes included.
    ///
    /// - Returns: Whether the canonical content holds an escape sequence.
    @inline(__always)
    func string(_ at: inout JSONCursor) throws(JSONError) -> Bool {
        copyByte(&at)
        var escaped = false
        while true {
            copyPlain(&at)
            if has(UInt8(ascii: "\""), at) {
                copyByte(&at)
                return escaped
            }
            let next = try special(at)
            at = next.cursor
            if next.isEscape { escaped = true }
        }
    }

    /// Copies up to the next quote, backslash, control character or byte outside ASCII, eight bytes at a time.
    @inline(__always)
    private func copyPlain(_ at: inout JSONCursor) {
        while at.position &+ 8 <= count {
            // What is stored past `written` is overwritten: output lags behind input, so there is room for it.
            let specials = JSONScanner.specials(copyWord(from: at.position, to: at.written))
            guard specials == 0 else {
                let plain = specials.trailingZeroBitCount >> 3
                at.position &+= plain
                at.written &+= plain
                return
            }
            at.position &+= 8
            at.written &+= 8
        }
        while at.position < count {
            let byte = input[at.position]
            guard byte < 0x80, !JSONWriter.needsEscape(byte) else { return }
            copyByte(&at)
        }
    }

    /// Marks, in the top bit of each byte, those that end a run of plain characters.
    ///
    /// A borrow can mark bytes above a true one wrongly, so only the lowest mark counts.
    @inline(__always)
    static func specials(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let low = (word &- (ones &* 0x20)) & ~word
        let found = low | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | word
        return found & (ones &* 0x80)
    }

    /// Passes what ends a run of plain characters without ending the string.
    @inline(never)
    private func special(_ cursor: JSONCursor) throws(JSONError) -> (cursor: JSONCursor, isEscape: Bool) {
        var at = cursor
        guard at.position < count else { throw unexpected(at.position, "the string's closing '\"'") }
        let byte = input[at.position]
        if byte == UInt8(ascii: "\\") {
            let isEscape = try escape(&at)
            return (at, isEscape)
        }
        guard byte >= 0x20 else { throw unexpected(at.position, "no raw control character in a string") }
        try characters(&at)
        return (at, false)
    }

    /// Checks and copies characters outside ASCII, as Unicode's table of well-formed byte sequences has them.
    @inline(__always)
    private func characters(_ at: inout JSONCursor) throws(JSONError) {
        repeat {
            let lead = input[at.position]
            let length: Int
            // Bounds of the second byte keep out overlong forms, surrogates and what lies beyond U+10FFFF.
            var second: ClosedRange<UInt8> = 0x80...0xbf
            switch lead {
            case 0xc2...0xdf: length = 2
            case 0xe0: (length, second) = (3, 0xa0...0xbf)
            case 0xed: (length, second) = (3, 0x80...0x9f)
            case 0xe1...0xef: length = 3
            case 0xf0: (length, second) = (4, 0x90...0xbf)
            case 0xf1...0xf3: length = 4
            case 0xf4: (length, second) = (4, 0x80...0x8f)
            default: throw unexpected(at.position, "well-formed UTF-8")
            }
            copyByte(&at)
            for index in 1..<length {
                guard at.position < count, (index == 1 ? second : 0x80...0xbf).contains(input[at.position]) else {
                    throw unexpected(at.position, "the next byte of a UTF-8 character")
                }
                copyByte(&at)
            }
        } while at.position < count && input[at.position] >= 0x80
    }

    /// Reads an escape sequence and writes its character canonically.
    ///
    /// - Returns: Whether the canonical form is an escape sequence too.
    private func escape(_ at: inout JSONCursor) throws(JSONError) -> Bool {
        let start = at.position
        at.position += 1
        guard at.position < count else { throw unexpected(at.position, "the rest of an escape sequence") }
        let byte = input[at.position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            put(UInt32(UInt8(ascii: "\\")), &at)
            copyByte(&at)
            return true
        case UInt8(ascii: "/"):
            copyByte(&at)
            return false
        case UInt8(ascii: "u"):
            at.position += 1
            let unit = try codeUnit(&at)
            let scalar = try scalar(from: unit, startingAt: start, &at)
            return write(scalar, &at)
        default:
            throw unexpected(at.position, "one of '\"', '\\', '/', b, f, n, r, t, u")
        }
    }

    /// Completes a surrogate pair; a unit that is no surrogate is its own scalar.
    private func scalar(from unit: UInt32, startingAt start: Int, _ at: inout JSONCursor) throws(JSONError) -> UInt32 {
        guard unit & 0xf800 == 0xd800 else { return unit }
        guard unit < 0xdc00 else {
            throw JSONError(offset: start, found: "a low surrogate alone", expected: "a high surrogate before it")
        }
        let second = at.position
        guard second + 1 < count, input[second] == UInt8(ascii: "\\"), input[second + 1] == UInt8(ascii: "u") else {
            throw JSONError(offset: start, found: "a high surrogate alone", expected: "a low surrogate after it")
        }
        at.position += 2
        let low = try codeUnit(&at)
        guard low & 0xfc00 == 0xdc00 else {
            throw JSONError(offset: second, found: "another character", expected: "the pair's low surrogate")
        }
        return 0x10000 + (unit & 0x3ff) << 10 + (low & 0x3ff)
    }

    /// Reads four hexadecimal digits.
    private func codeUnit(_ at: inout JSONCursor) throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard at.position < count, let digit = JSONWriter.hexValue(input[at.position]) else {
                throw unexpected(at.position, "a hexadecimal digit")
            }
            unit = unit << 4 | UInt32(digit)
            at.position += 1
        }
        return unit
    }

    /// Writes a scalar value canonically; true when that takes an escape sequence.
    private func write(_ scalar: UInt32, _ at: inout JSONCursor) -> Bool {
        switch scalar {
        case 0..<0x80:
            return write(UInt8(truncatingIfNeeded: scalar), &at)
        case 0x80..<0x800:
            put(0xc0 | scalar >> 6, &at)
        case 0x800..<0x10000:
            put(0xe0 | scalar >> 12, &at)
            put(0x80 | scalar >> 6 & 0x3f, &at)
        default:
            put(0xf0 | scalar >> 18, &at)
            put(0x80 | scalar >> 12 & 0x3f, &at)
            put(0x80 | scalar >> 6 & 0x3f, &at)
        }
        put(0x80 | scalar & 0x3f, &at)
        return false
    }

    /// Writes an ASCII character canonically; true when that takes an escape sequence.
    private func write(_ byte: UInt8, _ at: inout JSONCursor) -> Bool {
        guard JSONWriter.needsEscape(byte) else {
            put(UInt32(byte), &at)
            return false
        }
        put(UInt32(UInt8(ascii: "\\")), &at)
        if let letter = JSONWriter.escapeLetter(byte) {
            put(UInt32(letter), &at)
        } else {
            for digit in "u00".utf8 { put(UInt32(digit), &at) }
            put(UInt32(JSONWriter.hexDigit(byte >> 4)), &at)
            put(UInt32(JSONWriter.hexDigit(byte & 15)), &at)
        }
        return true
    }

    private func put(_ byte: UInt32, _ at: inout JSONCursor) {
        output[at.written] = UInt8(truncatingIfNeeded: byte)
        at.written &+= 1
    }
}
