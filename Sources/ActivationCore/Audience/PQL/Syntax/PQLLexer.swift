/// Cuts an expression into tokens (PQL 1).
struct PQLLexer {
    let source: PQLSource
    private var position = 0

    init(_ source: PQLSource) {
        self.source = source
    }

    /// All tokens, the last one `.end`.
    static func tokens(of source: PQLSource) throws(PQLError) -> [PQLToken] {
        var lexer = PQLLexer(source)
        var tokens: [PQLToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    var offset: Int { position }
    var current: UInt8? { byte }
    var following: UInt8? { byte(after: 1) }
    var currentScalar: Unicode.Scalar? { scalar()?.0 }

    mutating func advance(by count: Int) {
        position += count
    }

    private var byte: UInt8? { position < source.bytes.count ? source.bytes[position] : nil }

    private func byte(after distance: Int) -> UInt8? {
        position + distance < source.bytes.count ? source.bytes[position + distance] : nil
    }

    private mutating func next() throws(PQLError) -> PQLToken {
        try skipBlanksAndComments()
        let start = position
        guard let byte else { return PQLToken(kind: .end, offset: start) }
        let kind: PQLToken.Kind
        switch byte {
        case UInt8(ascii: "\""): kind = .string(try string())
        case UInt8(ascii: "0")...UInt8(ascii: "9"): kind = try number()
        case UInt8(ascii: "`"): kind = .quotedName(try quotedName())
        case UInt8(ascii: "$"): kind = .parameter(try parameter())
        case UInt8(ascii: "@"): kind = try atName()
        default:
            if let word = word() {
                if let keyword = PQLKeyword(rawValue: word.lowercased()) {
                    kind = .keyword(keyword, spelling: word)
                } else {
                    kind = .word(word)
                }
            } else {
                kind = .symbol(try symbol())
            }
        }
        return PQLToken(kind: kind, offset: start)
    }

    private mutating func skipBlanksAndComments() throws(PQLError) {
        while let byte {
            switch (byte, self.byte(after: 1)) {
            case (UInt8(ascii: " "), _), (UInt8(ascii: "\t"), _), (UInt8(ascii: "\n"), _), (UInt8(ascii: "\r"), _):
                position += 1
            case (UInt8(ascii: "/"), UInt8(ascii: "/")):
                while let byte = self.byte, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { position += 1 }
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                let start = position
                position += 2
                while self.byte != UInt8(ascii: "*") || self.byte(after: 1) != UInt8(ascii: "/") {
                    guard self.byte != nil else {
                        throw source.error(.syntax, at: start, "this comment has no end; expected \"*/\"")
                    }
                    position += 1
                }
                position += 2
            default: return
            }
        }
    }

    // MARK: Names

    /// The scalar at the position and its length in bytes; nil at the end.
    private func scalar() -> (Unicode.Scalar, Int)? {
        guard let byte else { return nil }
        if byte < 0x80 { return (Unicode.Scalar(byte), 1) }
        let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        let end = min(position + length, source.bytes.count)
        let text = String(decoding: source.bytes[position..<end], as: UTF8.self)
        guard let scalar = text.unicodeScalars.first else { return nil }
        return (scalar, end - position)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_": true
        default: !scalar.isASCII && scalar.properties.isAlphabetic
        }
    }

    private mutating func word() -> String? {
        let start = position
        while let (scalar, length) = scalar() {
            let isDigit = scalar >= "0" && scalar <= "9"
            guard PQLLexer.isLetter(scalar) || (isDigit && position > start) else { break }
            position += length
        }
        return position > start ? String(decoding: source.bytes[start..<position], as: UTF8.self) : nil
    }

    /// Whether a name needs no backticks for its characters' sake.
    static func isWord(_ name: String) -> Bool {
        var lexer = PQLLexer(PQLSource(name))
        return lexer.word() != nil && lexer.byte == nil
    }

    private mutating func quotedName() throws(PQLError) -> String {
        let start = position
        position += 1
        while let byte, byte != UInt8(ascii: "`") { position += 1 }
        guard byte != nil else { throw source.error(.syntax, at: start, "this name has no closing \"`\"") }
        defer { position += 1 }
        guard position > start + 1 else {
            throw source.error(.syntax, at: start, "found an empty name; expected a name between the backticks")
        }
        return String(decoding: source.bytes[(start + 1)..<position], as: UTF8.self)
    }

    private mutating func parameter() throws(PQLError) -> Int {
        let start = position
        position += 1
        var value = 0
        while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), position - start < 6 {
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            position += 1
        }
        guard value > 0 else {
            throw source.error(.syntax, at: start, "found \"$\" without a position; expected $1, the profile")
        }
        return value
    }

    private mutating func atName() throws(PQLError) -> PQLToken.Kind {
        let start = position
        position += 1
        let name = word()
        guard byte == UInt8(ascii: "{") else {
            if let name { return .atName(name) }
            throw source.error(.syntax, at: start, "found \"@\" alone; expected a name such as @type after it")
        }
        let contentStart = position + 1
        while let byte, byte != UInt8(ascii: "}") { position += 1 }
        guard byte != nil else {
            throw source.error(.syntax, at: start, "this context reference has no closing \"}\"")
        }
        defer { position += 1 }
        return .context(name ?? "", String(decoding: source.bytes[contentStart..<position], as: UTF8.self))
    }

    // MARK: Numbers

    private mutating func digits() -> Int {
        let start = position
        while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }

    private func isDigit(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private mutating func number() throws(PQLError) -> PQLToken.Kind {
        let start = position
        _ = digits()
        var isDouble = false
        if byte == UInt8(ascii: "."), isDigit(byte(after: 1)) {
            isDouble = true
            position += 1
            _ = digits()
            if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
                let hasSign = byte(after: 1) == UInt8(ascii: "-") || byte(after: 1) == UInt8(ascii: "+")
                if isDigit(byte(after: hasSign ? 2 : 1)) {
                    position += hasSign ? 2 : 1
                    _ = digits()
                }
            }
        }
        let text = String(decoding: source.bytes[start..<position], as: UTF8.self)
        if let (scalar, _) = scalar(), PQLLexer.isLetter(scalar) {
            throw source.error(
                .invalidLiteral,
                at: start,
                "the number \(text) runs into \"\(scalar)\"; expected a blank, an operator, or digits.digits with an exponent"
            )
        }
        if isDouble {
            guard let value = Double(text), value.isFinite else {
                throw source.error(.invalidLiteral, at: start, "the number \(text) is beyond the range of a double")
            }
            return .double(value)
        }
        guard let value = Int64(text) else {
            throw source.error(
                .invalidLiteral,
                at: start,
                "the number \(text) does not fit 64 bits; the largest is \(Int64.max)"
            )
        }
        return .integer(value)
    }

    // MARK: Strings

    private mutating func string() throws(PQLError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while byte != nil {
            guard try stringPart(into: &content) else { return String(decoding: content, as: UTF8.self) }
        }
        throw source.error(.syntax, at: start, "this text has no closing quote; expected \"")
    }

    /// Reads a character or an escape; false at the closing quote, which it passes.
    private mutating func stringPart(into content: inout [UInt8]) throws(PQLError) -> Bool {
        guard let byte else { return false }
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return false
        case UInt8(ascii: "\\"): try escape(into: &content)
        default: content.append(byte)
        }
        return true
    }

    /// The byte of the source where a byte of a literal text's content, counted without quotes and escapes, comes from.
    static func offset(ofContent index: Int, ofTextAt start: Int, in source: PQLSource) -> Int {
        var lexer = PQLLexer(source)
        lexer.position = start + 1
        var content: [UInt8] = []
        var offset = lexer.position
        // The text was read before without a mistake.
        while content.count <= index, (try? lexer.stringPart(into: &content)) == true {
            if content.count <= index { offset = lexer.position }
        }
        return offset
    }

    /// Reads what follows a backslash.
    ///
    /// An unknown escape keeps its backslash, so regular expressions need no doubling.
    private mutating func escape(into content: inout [UInt8]) throws(PQLError) {
        guard let byte else { return }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "n"): content.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "t"): content.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "r"): content.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "u"): content.append(contentsOf: String(try unicodeEscape()).utf8)
        default:
            content.append(UInt8(ascii: "\\"))
            content.append(byte)
        }
    }

    /// Reads `XXXX` after `\u`, and a second `\uXXXX` when the first is half of a pair.
    private mutating func unicodeEscape() throws(PQLError) -> Unicode.Scalar {
        let start = position - 2
        if let unit = hexadecimalUnit() {
            if let scalar = Unicode.Scalar(UInt32(unit)) { return scalar }
            if unit < 0xDC00, byte == UInt8(ascii: "\\"), byte(after: 1) == UInt8(ascii: "u") {
                position += 2
                if let low = hexadecimalUnit(), low >= 0xDC00, low < 0xE000 {
                    let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
                    if let scalar = Unicode.Scalar(value) { return scalar }
                }
            }
        }
        throw source.error(
            .invalidLiteral,
            at: start,
            "found a broken \\u escape; expected four hexadecimal digits of a character"
        )
    }

    private mutating func hexadecimalUnit() -> UInt16? {
        guard position + 4 <= source.bytes.count else { return nil }
        var unit: UInt16 = 0
        for byte in source.bytes[position..<(position + 4)] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }
}
