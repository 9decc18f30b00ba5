/// Writes little-endian numbers and bytes one after the other; what does not fit is a mistake of ours and traps.
struct ByteWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var position = 0

    init(_ buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        let start = advance(by: MemoryLayout<Number>.size)
        buffer.storeBytes(of: number.littleEndian, toByteOffset: start, as: Number.self)
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        let start = advance(by: bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: buffer[start..<position]).copyMemory(from: bytes)
    }

    /// Takes so many bytes; release builds do not check the slices of a raw buffer themselves.
    ///
    /// - Returns: Where they begin.
    private mutating func advance(by count: Int) -> Int {
        precondition(count <= buffer.count - position, "a profile is larger than it was measured")
        defer { position += count }
        return position
    }

    mutating func write(bytesOf text: String) {
        text.utf8.withContiguousBytes { write(UnsafeRawBufferPointer($0)) }
    }
}
