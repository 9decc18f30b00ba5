extension JSONParser {
    /// Reads a string from its opening quote to its closing one and writes it canonically, quotes included.
    ///
    /// - Returns: Whether the canonical content holds an escape sequence.
    @inline(__always)
    mutating func string() throws(JSONError) -> Bool {
        copyByte(UInt8(ascii: "\""))
        var escaped = false
        while true {
            copyPlain()
            guard position < count else { throw unexpected("the string's closing '\"'") }
            let byte = input[position]
            if byte == UInt8(ascii: "\"") {
                copyByte(byte)
                return escaped
            }
            if byte == UInt8(ascii: "\\") {
                if try escape() { escaped = true }
            } else if byte < 0x20 {
                throw unexpected("no raw control character in a string")
            } else {
                try character()
            }
        }
    }

    /// Copies up to the next quote, backslash, control character or byte outside ASCII, eight bytes at a time.
    @inline(__always)
    private mutating func copyPlain() {
        while position + 8 <= count {
            // Whole words may be stored past `written`: output has as many bytes as input, and lags behind it.
            let word = UInt64(littleEndian: UnsafeRawPointer(input + position).loadUnaligned(as: UInt64.self))
            UnsafeMutableRawPointer(output + written).storeBytes(of: word.littleEndian, as: UInt64.self)
            let special = JSONParser.special(word)
            guard special == 0 else {
                let plain = special.trailingZeroBitCount >> 3
                position += plain
                written += plain
                return
            }
            position += 8
            written += 8
        }
        while position < count {
            let byte = input[position]
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { return }
            copyByte(byte)
        }
    }

    /// Marks, in the top bit of each byte, those that end a run of plain characters.
    ///
    /// A borrow can mark bytes above a true one wrongly, so only the lowest mark counts.
    @inline(__always)
    static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let low = (word &- (ones &* 0x20)) & ~word
        let found = low | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | word
        return found & (ones &* 0x80)
    }

    /// Checks and copies characters outside ASCII, as the table of well-formed sequences in Unicode 3.9 has them.
    private mutating func character() throws(JSONError) {
        repeat {
            let lead = input[position]
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
            default: throw unexpected("well-formed UTF-8")
            }
            copyByte(lead)
            for index in 1..<length {
                guard position < count, (index == 1 ? second : 0x80...0xbf).contains(input[position]) else {
                    throw unexpected("the next byte of a UTF-8 character")
                }
                copyByte(input[position])
            }
        } while position < count && input[position] >= 0x80
    }

    /// Reads an escape sequence and writes its character canonically.
    ///
    /// - Returns: Whether the canonical form is an escape sequence too.
    private mutating func escape() throws(JSONError) -> Bool {
        let start = position
        position += 1
        guard position < count else { throw unexpected("the rest of an escape sequence") }
        let byte = input[position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            output[written] = UInt8(ascii: "\\")
            output[written + 1] = byte
            written += 2
            position += 1
            return true
        case UInt8(ascii: "/"):
            copyByte(byte)
            return false
        case UInt8(ascii: "u"):
            position += 1
            let unit = try codeUnit()
            return try write(scalar(from: unit, startingAt: start))
        default:
            throw unexpected("one of '\"', '\\', '/', b, f, n, r, t, u")
        }
    }

    /// Completes a surrogate pair; a unit that is no surrogate is its own scalar.
    private mutating func scalar(from unit: UInt32, startingAt start: Int) throws(JSONError) -> UInt32 {
        guard unit & 0xf800 == 0xd800 else { return unit }
        guard unit < 0xdc00 else {
            throw JSONError(offset: start, found: "a low surrogate alone", expected: "a high surrogate before it")
        }
        let second = position
        guard position + 1 < count, input[position] == UInt8(ascii: "\\"), input[position + 1] == UInt8(ascii: "u")
        else {
            throw JSONError(offset: start, found: "a high surrogate alone", expected: "a low surrogate after it")
        }
        position += 2
        let low = try codeUnit()
        guard low & 0xfc00 == 0xdc00 else {
            throw JSONError(offset: second, found: "another escape", expected: "the pair's low surrogate")
        }
        return 0x10000 + (unit & 0x3ff) << 10 + (low & 0x3ff)
    }

    /// Reads four hexadecimal digits.
    private mutating func codeUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard position < count, let digit = JSONWriter.hexValue(input[position]) else {
                throw unexpected("a hexadecimal digit")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    /// Writes a scalar value canonically; true when that takes an escape sequence.
    private mutating func write(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 {
            let byte = UInt8(truncatingIfNeeded: scalar)
            guard JSONWriter.needsEscape(byte) else {
                put(scalar)
                return false
            }
            put(UInt32(UInt8(ascii: "\\")))
            if let letter = JSONWriter.escapeLetter(byte) {
                put(UInt32(letter))
            } else {
                for digit in "u00".utf8 { put(UInt32(digit)) }
                put(UInt32(JSONWriter.hexDigit(byte >> 4)))
                put(UInt32(JSONWriter.hexDigit(byte & 15)))
            }
            return true
        }
        if scalar < 0x800 {
            put(0xc0 | scalar >> 6)
        } else {
            if scalar < 0x10000 {
                put(0xe0 | scalar >> 12)
            } else {
                put(0xf0 | scalar >> 18)
                put(0x80 | scalar >> 12 & 0x3f)
            }
            put(0x80 | scalar >> 6 & 0x3f)
        }
        put(0x80 | scalar & 0x3f)
        return false
    }

    private mutating func put(_ byte: UInt32) {
        output[written] = UInt8(truncatingIfNeeded: byte)
        written += 1
    }
}
