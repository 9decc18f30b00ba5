/// Appends canonical JSON text to a byte array.
public enum JSONWriter {
    /// Appends a string with its quotes.
    public static func appendString(_ content: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        appendContent(content.utf8, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a string's content without quotes, escaped where it must be.
    ///
    /// - Parameters:
    ///   - content: UTF-8; it is passed on unchecked.
    ///   - bytes: What it is appended to.
    public static func appendContent(_ content: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        let wasContiguous: Void? = content.withContiguousStorageIfAvailable { content in
            var start = 0
            for index in content.indices where needsEscape(content[index]) {
                bytes.append(contentsOf: content[start..<index])
                appendEscape(content[index], to: &bytes)
                start = index + 1
            }
            bytes.append(contentsOf: content[start...])
        }
        guard wasContiguous == nil else { return }
        for byte in content {
            if needsEscape(byte) { appendEscape(byte, to: &bytes) } else { bytes.append(byte) }
        }
    }

    /// Appends an integer.
    public static func appendInteger(_ value: Int64, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// Appends a double as the shortest text that reads back as the same double: `2`, `0.1`, `1e16`, `-0`.
    ///
    /// - Precondition: The value is finite; JSON has no text for others.
    public static func appendDouble(_ value: Double, to bytes: inout [UInt8]) {
        precondition(value.isFinite, "JSON has no text for a double that is not finite")
        // The library's text is the shortest in digits; what can go is `.0`, an exponent's `+` and its leading zero.
        var text = Array(value.description.utf8)
        if text.count > 2, text.suffix(2).elementsEqual(".0".utf8) { text.removeLast(2) }
        guard let mark = text.firstIndex(of: UInt8(ascii: "e")) else {
            bytes.append(contentsOf: text)
            return
        }
        var mantissa = text[..<mark]
        if mantissa.suffix(2).elementsEqual(".0".utf8) { mantissa.removeLast(2) }
        bytes.append(contentsOf: mantissa)
        bytes.append(UInt8(ascii: "e"))
        var exponent = text[(mark + 1)...]
        if let sign = exponent.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            if sign == UInt8(ascii: "-") { bytes.append(sign) }
            exponent.removeFirst()
        }
        bytes.append(contentsOf: exponent.drop { $0 == UInt8(ascii: "0") })
    }

    /// The UTF-8 bytes that canonical content stands for.
    public static func unescape(_ content: some Collection<UInt8>) -> [UInt8] {
        content.withContiguousBytes(unescape(bytes:))
    }

    private static func unescape(bytes content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count)
        var rest = content[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch letter {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "n"): bytes.append(0x0a)
            case UInt8(ascii: "f"): bytes.append(0x0c)
            case UInt8(ascii: "r"): bytes.append(0x0d)
            case UInt8(ascii: "u"):
                // Canonical content escapes only control characters this way, so two digits say it all.
                let digits = rest.prefix(4).suffix(2)
                bytes.append(digits.reduce(0) { $0 << 4 | (hexValue($1) ?? 0) })
                rest = rest.dropFirst(4)
            default: bytes.append(letter)
            }
        }
        return bytes
    }
}

extension JSONWriter {
    /// Whether a byte of content cannot stand for itself.
    static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// The letter of a byte's two-byte escape sequence, if it has one.
    static func escapeLetter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0a: UInt8(ascii: "n")
        case 0x0c: UInt8(ascii: "f")
        case 0x0d: UInt8(ascii: "r")
        default: nil
        }
    }

    /// Appends the escape sequence of a byte that needs one.
    static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        if let letter = escapeLetter(byte) {
            bytes.append(letter)
        } else {
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        }
    }

    /// The lower-case digit of a number below 16.
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// What a hexadecimal digit of either case is worth.
    static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The text that canonical content stands for.
    static func string(canonical content: ArraySlice<UInt8>) -> String {
        guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
        return String(decoding: unescape(content), as: UTF8.self)
    }
}
