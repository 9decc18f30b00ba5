/// Writes messages of `application/vnd.amazon.eventstream`: lengths and their checksum, headers, payload, checksum of all.
enum EventStream {
    static let contentType = "application/vnd.amazon.eventstream"

    /// Writes one message.
    ///
    /// - Parameters:
    ///   - headers: Names of at most 255 bytes, with texts of at most 65,535.
    ///   - payload: The document.
    /// - Returns: The message.
    static func message(headers: [(name: String, value: String)], payload: [UInt8]) -> [UInt8] {
        var head: [UInt8] = []
        for (name, value) in headers {
            head.append(UInt8(truncatingIfNeeded: name.utf8.count))
            head.append(contentsOf: name.utf8)
            // A text, whose length is two bytes.
            head.append(7)
            append(UInt16(truncatingIfNeeded: value.utf8.count), to: &head)
            head.append(contentsOf: value.utf8)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + head.count + payload.count)
        append(UInt32(16 + head.count + payload.count), to: &bytes)
        append(UInt32(head.count), to: &bytes)
        append(CRC32.checksum(bytes), to: &bytes)
        bytes.append(contentsOf: head)
        bytes.append(contentsOf: payload)
        append(CRC32.checksum(bytes), to: &bytes)
        return bytes
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// The checksum of zlib and Ethernet (RFC 1952 section 8).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }
}
