/// Writes forwards into memory that was sized beforehand; stops the process rather than write past its end.
struct ByteOutput {
    private let target: UnsafeMutableRawBufferPointer
    /// Bytes written.
    private(set) var count = 0

    /// Writes into memory that outlives this value.
    init(_ target: UnsafeMutableRawBufferPointer) {
        self.target = target
    }

    /// The memory for so many more bytes.
    @inline(__always)
    private mutating func claim(_ length: Int) -> UnsafeMutableRawBufferPointer {
        let start = count
        count += length
        precondition(count <= target.count, "\(count) bytes written into \(target.count)")
        return UnsafeMutableRawBufferPointer(rebasing: target[start..<count])
    }

    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { claim($0.count).copyMemory(from: UnsafeRawBufferPointer($0)) }
    }

    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { claim($0.count).copyMemory(from: $0) }
    }

    mutating func write(_ byte: UInt8) {
        claim(1)[0] = byte
    }

    mutating func writeBase64(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            _ = Base64.encode(bytes, into: claim(Base64.encodedCount(bytes.count)))
        }
    }

    /// The content of a JSON string without its quotes.
    mutating func writeEscaped(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                claim(utf8.count).copyMemory(from: UnsafeRawBufferPointer(utf8))
            } else {
                for byte in utf8 { writeEscaped(byte) }
            }
        }
    }

    private mutating func writeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): write("\\\"")
        case UInt8(ascii: "\\"): write("\\\\")
        case 0..<0x20:
            write("\\u00")
            write(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let digit = byte & 15
            write(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        default: write(byte)
        }
    }

    /// A CBOR head in its shortest form (RFC 8949 section 3).
    mutating func writeHead(majorType: UInt8, _ argument: Int) {
        let type = majorType << 5
        let bytes: Int
        switch argument {
        case 0..<24:
            write(type | UInt8(argument))
            return
        case 24...0xFF: bytes = 1
        case 0x100...0xFFFF: bytes = 2
        default: bytes = 4
        }
        write(type | (bytes == 1 ? 24 : bytes == 2 ? 25 : 26))
        for index in stride(from: bytes - 1, through: 0, by: -1) {
            write(UInt8(truncatingIfNeeded: argument >> (8 * index)))
        }
    }

    /// A CBOR text string.
    mutating func writeText(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            writeHead(majorType: 3, utf8.count)
            claim(utf8.count).copyMemory(from: UnsafeRawBufferPointer(utf8))
        }
    }
}
