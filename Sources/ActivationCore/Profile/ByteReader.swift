/// Reads little-endian numbers from the front of a byte array, never past its end.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func expect(_ count: Int) throws(ProfileValueError) {
        guard bytes.count - position >= count else {
            throw .damaged("profile ends after \(bytes.count) bytes, before its tables do")
        }
    }

    mutating func read<Number: FixedWidthInteger & BitwiseCopyable>() throws(ProfileValueError) -> Number {
        let size = MemoryLayout<Number>.size
        try expect(size)
        defer { position += size }
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Number.self))
        }
    }

    mutating func readInstant() throws(ProfileValueError) -> Timestamp {
        let instant = Timestamp(milliseconds: try read())
        guard instant.isPlausible else { throw .damaged("an instant is in no year that has four digits") }
        return instant
    }

    mutating func readSequence() throws(ProfileValueError) -> AdmissionSequence {
        let sequence = AdmissionSequence(rawValue: try read())
        guard sequence.isPlausible else { throw .damaged("\(sequence.rawValue) is no number that was ever given out") }
        return sequence
    }

    mutating func readText(_ length: Int) throws(ProfileValueError) -> String {
        try expect(length)
        defer { position += length }
        guard let text = String(validating: bytes[position..<position + length], as: UTF8.self) else {
            throw .damaged("an identity is not UTF-8")
        }
        return text
    }

    mutating func readBytes(_ length: Int) throws(ProfileValueError) -> [UInt8] {
        try expect(length)
        defer { position += length }
        return Array(bytes[position..<position + length])
    }

    func rest() -> [UInt8] {
        Array(bytes[position...])
    }
}
