import ActivationCore
import ActivationEngine

/// Reads what ``EntryWriter`` wrote, never past its end.
struct EntryReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static let damaged = StorageError(
        .corrupt,
        "an entry of the commit log is not what was written; restore the directory from a backup"
    )

    /// Whether everything was read.
    var isAtEnd: Bool { position == bytes.count }

    private mutating func take(_ count: Int) throws(StorageError) -> Range<Int> {
        guard count <= bytes.count - position else { throw Self.damaged }
        defer { position += count }
        return position..<position + count
    }

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>() throws(StorageError) -> Number {
        let range = try take(MemoryLayout<Number>.size)
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: Number.self))
        }
    }

    mutating func flag() throws(StorageError) -> Bool {
        let byte: UInt8 = try number()
        guard byte <= 1 else { throw Self.damaged }
        return byte == 1
    }

    mutating func id() throws(StorageError) -> UUIDBytes {
        UUIDBytes(high: try number(), low: try number())
    }

    mutating func value() throws(StorageError) -> [UInt8] {
        Array(bytes[try take(Int(try number() as UInt32))])
    }

    mutating func text() throws(StorageError) -> String {
        guard let text = String(validating: bytes[try take(Int(try number() as UInt32))], as: UTF8.self) else {
            throw Self.damaged
        }
        return text
    }

    mutating func optionalNumber() throws(StorageError) -> Int64? { try flag() ? try number() : nil }

    /// A number of things that somebody may have counted.
    mutating func count() throws(StorageError) -> Int64 {
        let count: Int64 = try number()
        guard (-1 << 50...1 << 50).contains(count) else { throw Self.damaged }
        return count
    }

    /// A row that was given out.
    mutating func row() throws(StorageError) -> Int64 {
        let row: Int64 = try number()
        guard row > 0 else { throw Self.damaged }
        return row
    }

    /// An instant at which something may have happened.
    mutating func instant() throws(StorageError) -> Timestamp {
        let instant = Timestamp(milliseconds: try number())
        guard instant.isPlausible else { throw Self.damaged }
        return instant
    }

    /// Elements for which memory is asked before they are read: as many as one batch has.
    private static let reservedMax = 4_096

    /// As many elements as it says there are.
    mutating func list<Element>(
        _ element: (inout EntryReader) throws(StorageError) -> Element
    ) throws(StorageError) -> [Element] {
        let count = Int(try number() as UInt32)
        var list: [Element] = []
        // Each has a byte at least; a wrong count must not ask for memory that nobody has.
        guard count <= bytes.count - position else { throw Self.damaged }
        list.reserveCapacity(min(count, Self.reservedMax))
        for _ in 0..<count { list.append(try element(&self)) }
        return list
    }
}
