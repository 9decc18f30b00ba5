/// Writes a tree as compact JSON.
enum JSONWireWriter {
    static func append(_ value: WireValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            precondition(value.isFinite, "JSON has no NaN and no infinity")
            bytes.append(contentsOf: value.description.utf8)
        case .string(let text): appendString(text, to: &bytes)
        case .bytes(let blob):
            bytes.append(UInt8(ascii: "\""))
            Base64.append(blob, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        case .timestamp(let milliseconds): appendSeconds(milliseconds, to: &bytes)
        case .array(let items): appendArray(items, to: &bytes)
        case .map(let members): appendMap(members, to: &bytes)
        }
    }

    private static func appendArray(_ items: [WireValue], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(item, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func appendMap(_ members: [(String, WireValue)], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, (name, value)) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendString(name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Writes milliseconds as seconds with three decimals, exactly.
    private static func appendSeconds(_ milliseconds: Int64, to bytes: inout [UInt8]) {
        let (seconds, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        if milliseconds < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(contentsOf: String(seconds).utf8)
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: String(1000 + rest).utf8.dropFirst())
    }

    static func appendString(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
