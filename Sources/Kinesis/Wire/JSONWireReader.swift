/// Reads strict RFC 8259 JSON into a tree: no duplicate names, valid UTF-8, no lone surrogates, bounded depth and size.
struct JSONWireReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var offset = 0
    private var valuesLeft = WireLimits.valuesMax

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    mutating func document() throws(WireError) -> WireValue {
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw unexpected("the end of the document") }
        return value
    }

    private mutating func value(depth: Int) throws(WireError) -> WireValue {
        guard depth <= WireLimits.depthMax else { throw unexpected("at most \(WireLimits.depthMax) levels") }
        guard valuesLeft > 0 else { throw unexpected("at most \(WireLimits.valuesMax) values") }
        valuesLeft -= 1
        skipSpace()
        guard let first = peek else { throw unexpected("a value") }
        switch first {
        case UInt8(ascii: "{"): return try map(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw unexpected("a value")
        }
    }

    private mutating func map(depth: Int) throws(WireError) -> WireValue {
        var members: [(String, WireValue)] = []
        // By their bytes: two spellings of one text are two names.
        var names: Set<[UInt8]> = []
        offset += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .map(members) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw unexpected("a member name") }
            let start = offset
            let name = try string()
            guard names.insert(Array(name.utf8)).inserted else {
                throw WireError(offset: start, found: "a name a second time", expected: "a new name")
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
            members.append((name, try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .map(members) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(WireError) -> WireValue {
        var items: [WireValue] = []
        offset += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(items) }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(items) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or ']'") }
        }
    }

    private mutating func word(_ word: StaticString, _ value: WireValue) throws(WireError) -> WireValue {
        let start = offset
        for index in 0..<word.utf8CodeUnitCount {
            let isSame = peek == word.utf8Start[index]
            guard isSame else { throw unexpected("the word \(word) from byte \(start)") }
            offset += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(WireError) -> WireValue {
        let start = offset
        var isWhole = true
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if let peek, isDigit(peek) { throw unexpected("a number without a leading zero") }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            isWhole = false
            offset += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        let text = text(from: start, to: offset)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw WireError(offset: start, found: "a number out of range", expected: "a number that a double can hold")
        }
        return .double(value)
    }

    private mutating func digits() throws(WireError) {
        guard let first = peek, isDigit(first) else { throw unexpected("a digit") }
        while let next = peek, isDigit(next) { offset += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private func text(from start: Int, to end: Int) -> String {
        var text = ""
        text.reserveCapacity(end - start)
        for index in start..<end { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        return text
    }

    // MARK: Strings

    private mutating func string() throws(WireError) -> String {
        offset += 1
        let start = offset
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { offset += 1 }
        if peek == UInt8(ascii: "\"") {
            offset += 1
            return try utf8(bytes.extracting(start..<offset - 1), at: start)
        }
        var content: [UInt8] = []
        for index in start..<offset { content.append(bytes[index]) }
        while let byte = peek, byte >= 0x20 {
            offset += 1
            if byte == UInt8(ascii: "\"") { return try utf8(content.span, at: start) }
            if byte == UInt8(ascii: "\\") { try escape(into: &content) } else { content.append(byte) }
        }
        throw unexpected("the rest of a string that starts at byte \(start), control characters escaped")
    }

    private func utf8(_ content: Span<UInt8>, at start: Int) throws(WireError) -> String {
        let text = content.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw WireError(offset: start, found: "a string that is not UTF-8", expected: "UTF-8")
        }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws(WireError) {
        guard let letter = peek else { throw unexpected("an escape") }
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try escapedScalar()
            content.append(contentsOf: Character(scalar).utf8)
        default:
            offset -= 1
            throw unexpected("one of \"\\/bfnrtu after a backslash")
        }
    }

    private mutating func escapedScalar() throws(WireError) -> Unicode.Scalar {
        let start = offset - 2
        var code = try hex4()
        if (0xD800..<0xDC00).contains(code), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = try hex4()
            code = (0xDC00..<0xE000).contains(low) ? 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xD800
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw WireError(offset: start, found: "half a surrogate pair", expected: "a whole one")
        }
        return scalar
    }

    private mutating func hex4() throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("four hex digits")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    // MARK: Cursor

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private func unexpected(_ expected: String) -> WireError {
        let found = peek.map { "byte 0x\(String($0, radix: 16, uppercase: true))" } ?? "the end"
        return WireError(offset: offset, found: found, expected: expected)
    }
}
