/// Writes a tree as CBOR with definite lengths and shortest heads.
enum CBORWireWriter {
    static func append(_ value: WireValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(0xF6)
        case .bool(let value): bytes.append(value ? 0xF5 : 0xF4)
        case .integer(let value): appendInteger(value, to: &bytes)
        case .double(let value):
            bytes.append(0xFB)
            appendBigEndian(value.bitPattern, count: 8, to: &bytes)
        case .string(let text):
            appendHead(.text, UInt64(text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        case .bytes(let blob):
            appendHead(.bytes, UInt64(blob.count), to: &bytes)
            bytes.append(contentsOf: blob)
        case .timestamp(let milliseconds):
            appendHead(.tag, 1, to: &bytes)
            appendInteger(milliseconds, to: &bytes)
        case .array(let items):
            appendHead(.array, UInt64(items.count), to: &bytes)
            for item in items { append(item, to: &bytes) }
        case .map(let members):
            appendHead(.map, UInt64(members.count), to: &bytes)
            for (name, value) in members {
                append(.string(name), to: &bytes)
                append(value, to: &bytes)
            }
        }
    }

    private static func appendInteger(_ value: Int64, to bytes: inout [UInt8]) {
        if value < 0 {
            appendHead(.negative, UInt64(bitPattern: ~value), to: &bytes)
        } else {
            appendHead(.unsigned, UInt64(value), to: &bytes)
        }
    }

    /// Writes the initial byte and the shortest argument.
    static func appendHead(_ type: CBORMajorType, _ argument: UInt64, to bytes: inout [UInt8]) {
        let top = type.rawValue << 5
        switch argument {
        case 0..<24: bytes.append(top | UInt8(argument))
        case 24...0xFF:
            bytes.append(top | 24)
            bytes.append(UInt8(argument))
        case 0x100...0xFFFF:
            bytes.append(top | 25)
            appendBigEndian(argument, count: 2, to: &bytes)
        case 0x10000...0xFFFF_FFFF:
            bytes.append(top | 26)
            appendBigEndian(argument, count: 4, to: &bytes)
        default:
            bytes.append(top | 27)
            appendBigEndian(argument, count: 8, to: &bytes)
        }
    }

    private static func appendBigEndian(_ value: UInt64, count: Int, to bytes: inout [UInt8]) {
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }
}

/// The eight kinds of data item (RFC 8949 section 3.1).
enum CBORMajorType: UInt8 {
    case unsigned, negative, bytes, text, array, map, tag, simple
}
