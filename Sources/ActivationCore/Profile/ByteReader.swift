/// Reads little-endian numbers from the front of a block of bytes, never past its end.
///
/// The block must outlive the reader.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inline(__always)
    func expect(_ count: Int) throws(ProfileValueError) {
        guard bytes.count - position >= count else { throw endsTooEarly() }
    }

    @inline(never)
    private func endsTooEarly() -> ProfileValueError {
        .damaged("profile ends after \(bytes.count) bytes, before its tables do")
    }

    @inline(__always)
    mutating func read<Number: FixedWidthInteger & BitwiseCopyable>() throws(ProfileValueError) -> Number {
        let size = MemoryLayout<Number>.size
        try expect(size)
        defer { position += size }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
    }

    @inline(__always)
    mutating func readInstant() throws(ProfileValueError) -> Timestamp {
        let instant = Timestamp(milliseconds: try read())
        guard instant.isPlausible else { throw .damaged("an instant is in no year that has four digits") }
        return instant
    }

    @inline(__always)
    mutating func readSequence() throws(ProfileValueError) -> AdmissionSequence {
        let sequence = AdmissionSequence(rawValue: try read())
        guard sequence.isPlausible else { throw .damaged("\(sequence.rawValue) is no number that was ever given out") }
        return sequence
    }

    mutating func readText(_ length: Int) throws(ProfileValueError) -> String {
        guard let text = String(validating: try take(length), as: UTF8.self) else {
            throw .damaged("an identity is not UTF-8")
        }
        return text
    }

    /// Reads bytes.
    ///
    /// - Parameters:
    ///   - length: How many there are.
    ///   - room: So many more the array has room for.
    /// - Returns: The bytes.
    /// - Throws: `damaged` when there are fewer.
    mutating func readBytes(_ length: Int, room: Int = 0) throws(ProfileValueError) -> [UInt8] {
        let taken = try take(length)
        guard room > 0 else { return Array(taken) }
        var array: [UInt8] = []
        array.reserveCapacity(length + room)
        array.append(contentsOf: taken)
        return array
    }

    /// How many bytes are left.
    var rest: Int { bytes.count - position }

    mutating func skip(_ count: Int) throws(ProfileValueError) {
        _ = try take(count)
    }

    private mutating func take(_ count: Int) throws(ProfileValueError) -> UnsafeRawBufferPointer {
        try expect(count)
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }
}
