extension CodeUnits {
    /// Why units are no text.
    struct Undecodable: Error, Equatable {
        /// The first unit that is wrong.
        var index: Int
        /// What it is.
        var reason: String
    }

    /// The text that the units stand for.
    ///
    /// - Throws: ``Undecodable`` at the first unit that stands for nothing; nothing is ever replaced.
    func text() throws(Undecodable) -> String {
        switch encoding {
        case .utf8: try utf8Text()
        case .utf16LittleEndian, .utf16BigEndian: try utf16Text()
        case .windows1252, .iso8859_1: try singleByteText()
        }
    }

    private func utf8Text() throws(Undecodable) -> String {
        if let null = bytes.firstIndex(of: 0) { throw Undecodable(index: null - bytes.startIndex, reason: Self.null) }
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: bytes.span))
        } catch {
            let index = min(error.byteOffsets.lowerBound, max(count - 1, 0))
            throw Undecodable(index: index, reason: "byte \(Self.hexadecimal(self[index])) is not UTF-8")
        }
    }

    private func utf16Text() throws(Undecodable) -> String {
        let units = (0..<count).map { self[$0] }
        if let null = units.firstIndex(of: 0) { throw Undecodable(index: null, reason: Self.null) }
        if let text = String(validating: units, as: UTF16.self) { return text }
        var index = 0
        while index < units.count, !UTF16.isSurrogate(units[index]) || isPair(units, at: index) {
            index += UTF16.isSurrogate(units[index]) ? 2 : 1
        }
        throw Undecodable(index: min(index, max(count - 1, 0)), reason: "half a character: a surrogate alone")
    }

    private func isPair(_ units: [UInt16], at index: Int) -> Bool {
        UTF16.isLeadSurrogate(units[index]) && index + 1 < units.count && UTF16.isTrailSurrogate(units[index + 1])
    }

    private func singleByteText() throws(Undecodable) -> String {
        var text = ""
        text.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            if byte == 0 { throw Undecodable(index: index, reason: Self.null) }
            guard 0x80...0x9F ~= byte else {
                text.unicodeScalars.append(Unicode.Scalar(byte))
                continue
            }
            guard encoding == .windows1252, let scalar = Self.windows1252[Int(byte) - 0x80] else {
                throw Undecodable(
                    index: index,
                    reason: "byte \(Self.hexadecimal(UInt16(byte))) is no character of \(encoding.name.rawValue)"
                )
            }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    private static let null = "a zero byte (U+0000), which no text has"

    private static func hexadecimal(_ unit: UInt16) -> String {
        "0x" + String(unit, radix: 16, uppercase: true)
    }

    /// What windows-1252 has where ISO 8859-1 has control characters; five bytes are undefined.
    ///
    /// A table of our own: iconv needs modules that a small container does not have.
    fileprivate static let windows1252: [Unicode.Scalar?] = [
        "€", nil, "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", nil, "Ž", nil,
        nil, "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", nil, "ž", "Ÿ",
    ]
}

extension CodeUnits {
    /// What to do about units that are no text, with a guess of the encoding.
    ///
    /// - Parameter words: How the options are called.
    /// - Returns: What to do.
    func cure(_ words: InputWords) -> String {
        switch encoding {
        case .utf8:
            if bytes.contains(0) { return "the text looks like UTF-16: give \(words.encoding) utf-16" }
            if count > 0, self[count - 1] == Self.carriageReturn {
                return "lines end as on old Macs, so it may be Mac Roman: save the text as UTF-8"
            }
            if hasMultibyteCharacters { return "other characters are UTF-8: save all of the text as UTF-8" }
            guard looksWestern else { return "its code page is not read here: save the text as UTF-8" }
            return "the text looks like windows-1252: give \(words.encoding) windows-1252, "
                + "or save it as UTF-8 if it is not from Western Europe or America"
        case .iso8859_1: return "the text looks like windows-1252: give \(words.encoding) windows-1252"
        case .windows1252: return "save the text as UTF-8"
        case .utf16LittleEndian, .utf16BigEndian: return "save the text as UTF-8"
        }
    }

    /// Whether a text of one byte a character has characters beyond ASCII that together are UTF-8: hardly by accident.
    var seemsUTF8: Bool {
        guard encoding.isSingleByte, bytes.contains(where: { $0 >= 0x80 }) else { return false }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// Whether some bytes beyond ASCII are UTF-8.
    private var hasMultibyteCharacters: Bool {
        var parser = UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let character): if character.count > 1 { return true }
            case .error: continue
            case .emptyInput: return false
            }
        }
    }

    /// Whether bytes beyond ASCII are spread as in words of Western languages.
    ///
    /// Other scripts have runs of them; Central European code pages have letters where windows-1252 has symbols.
    private var looksWestern: Bool {
        func isLetter(_ byte: UInt8) -> Bool {
            byte >= 0xC0 || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        let bytes = Array(self.bytes)
        var run = 0
        for (index, byte) in bytes.enumerated() {
            run = byte < 0x80 ? 0 : run + 1
            if run > 2 { return false }
            if 0x80...0x9F ~= byte, Self.windows1252[Int(byte) - 0x80] == nil { return false }
            let isInWord =
                index > 0 && isLetter(bytes[index - 1]) && index + 1 < bytes.count && isLetter(bytes[index + 1])
            if 0xA1...0xBF ~= byte, isInWord { return false }
        }
        return true
    }
}
