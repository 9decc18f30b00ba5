/// How entries stand in the log: some of them together, written and made durable at once.
///
/// A group begins where the last one's padding ends, at a multiple of ``alignment``; all numbers are little-endian:
///
///     magic u64 ("HWGROUP1"), checksum u64 (XXH64 of everything after it), log u64, first entry's number u64,
///     entries u32, 0 u32, bytes of the entries u64
///     entries: bytes u32, kind u32, then these bytes
///     zeros up to the next multiple of 4,096
enum LogGroup {
    /// Where groups may begin: a write of this many bytes or fewer is what disks do whole.
    static let alignment = 4_096
    static let headerBytes = 48
    static let entryHeaderBytes = 8
    private static let magic: UInt64 = 0x3150_554F_5247_5748
    private static let checksumEnd = 16
    /// No entry is numbered so high, whatever a file says: numbers can be counted on from any that is.
    static let numbersEnd: UInt64 = 1 << 62

    /// What a group says of itself.
    struct Header: Equatable {
        /// Which log it is part of.
        var log: UInt64
        /// The number of its first entry.
        var first: UInt64
        /// How many entries it has.
        var count: UInt32
        /// Bytes of these, their headers counted.
        var bytes: Int

        /// The number of its last entry.
        var last: UInt64 { first &+ UInt64(count) &- 1 }
        /// Bytes that it takes with its padding.
        var paddedBytes: Int { LogGroup.padded(LogGroup.headerBytes + bytes) }
    }

    /// The next place at or after some bytes where a group may begin.
    static func padded(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

    /// Completes a buffer in which the entries stand behind room for the header: header, checksum, padding.
    static func seal(_ buffer: inout [UInt8], log: UInt64, first: UInt64, count: UInt32) {
        let bytes = buffer.count - headerBytes
        buffer.append(contentsOf: repeatElement(0, count: padded(buffer.count) - buffer.count))
        buffer.withUnsafeMutableBytes { group in
            func store(_ number: UInt64, _ offset: Int) {
                group.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
            }
            store(magic, 0)
            store(log, 16)
            store(first, 24)
            store(UInt64(count), 32)
            store(UInt64(bytes), 40)
            store(XXH64.hash(UnsafeRawBufferPointer(rebasing: group[checksumEnd..<headerBytes + bytes])), 8)
        }
    }

    /// Reads a header; nil when none begins here, or one that cannot be.
    ///
    /// - Parameters:
    ///   - bytes: At least ``headerBytes`` of them.
    ///   - room: Bytes from here to the end of the file.
    /// - Returns: The header.
    static func header(_ bytes: UnsafeRawBufferPointer, room: Int) -> Header? {
        guard bytes.count >= headerBytes else { return nil }
        func number(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        guard number(0) == magic, let count = UInt32(exactly: number(32)), count > 0,
            let length = Int(exactly: number(40)), length <= room - headerBytes,
            length / entryHeaderBytes >= Int(count), (1..<numbersEnd).contains(number(24))
        else { return nil }
        return Header(log: number(16), first: number(24), count: count, bytes: length)
    }

    /// Whether a whole group is what was written.
    static func isWhole(_ group: UnsafeRawBufferPointer, _ header: Header) -> Bool {
        guard group.count >= headerBytes + header.bytes else { return false }
        let checksum = UInt64(littleEndian: group.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return checksum == XXH64.hash(UnsafeRawBufferPointer(rebasing: group[checksumEnd..<headerBytes + header.bytes]))
    }
}
