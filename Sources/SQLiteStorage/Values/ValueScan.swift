import ActivationCore
import ActivationEngine
import CommitLog

/// Goes through the records of a value file in the order in which they stand there.
struct ValueScan {
    /// A record, of somebody or of nobody.
    struct Record {
        /// Where it begins.
        var slot: Int
        var slots: Int
        /// The row that it is of; 0 = it was overwritten, nil = what stands there is no record.
        var row: Int64?
    }

    /// The file.
    let number: UInt32
    /// The slot at which the next record begins.
    private(set) var slot: Int
    /// Behind the last record.
    private let end: Int
    private let files: ValueFiles
    private var bytes: [UInt8] = []
    /// The slot at which `bytes` begin.
    private var first = 0

    /// Bytes that are read at once.
    private static let readBytes = 1 << 20

    /// Begins at a record.
    ///
    /// - Parameters:
    ///   - files: The files.
    ///   - number: The file.
    ///   - slot: Where the first record begins.
    ///   - end: How many slots of the file are written.
    init(_ files: ValueFiles, _ number: UInt32, from slot: Int, through end: Int) {
        (self.files, self.number, self.slot, self.end) = (files, number, slot, end)
    }

    /// Whether there is no record any more.
    var isAtEnd: Bool { slot >= end }

    /// The next record, or what stands before it and is none; nil at the end.
    mutating func next() throws(StorageError) -> Record? {
        let start = slot
        while slot < end {
            if let record = try record() {
                // What stands before it comes first.
                guard slot == start else { break }
                slot += record.slots
                return record
            }
            slot += 1
        }
        return slot > start ? Record(slot: start, slots: slot - start, row: nil) : nil
    }

    /// The record that begins here, if one does.
    private mutating func record() throws(StorageError) -> Record? {
        try read(slots: 1)
        guard let slots = ValueRecord.slots(in: bytes, at: offset), slots <= end - slot else { return nil }
        try read(slots: slots)
        return ValueRecord.row(in: bytes, at: offset, seed: files.seed(number, slot)).map {
            Record(slot: slot, slots: slots, row: $0)
        }
    }

    /// The profile of the record that was returned last, which must be one.
    func profile(of record: Record) throws(StorageError) -> StoredProfile {
        let start = (record.slot - first) * ValuePlace.slotBytes
        let bytes = Array(bytes[start..<(start + record.slots * ValuePlace.slotBytes)])
        guard let profile = ValueRecord.profile(in: bytes, seed: files.seed(number, record.slot)) else {
            throw ValueFiles.damaged(number)
        }
        return profile
    }

    private var offset: Int { (slot - first) * ValuePlace.slotBytes }

    /// Has so many slots from the present one in memory.
    private mutating func read(slots: Int) throws(StorageError) {
        let needed = slots * ValuePlace.slotBytes
        if offset >= 0, bytes.count - offset >= needed { return }
        let rest = (end - slot) * ValuePlace.slotBytes
        bytes = try files.file(number).read(
            max(needed, min(Self.readBytes, rest)),
            at: slot * ValuePlace.slotBytes
        )
        first = slot
        guard bytes.count >= needed else { throw ValueFiles.damaged(number) }
    }
}
