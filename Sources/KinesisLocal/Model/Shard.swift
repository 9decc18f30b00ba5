/// One shard: its hash keys, its allowance and the records that it still holds.
struct Shard: Sendable {
    let index: Int
    let range: HashKeyRange
    /// The shards it came from: none, one that was split, or two that were merged.
    let parents: [Int]
    /// Epoch milliseconds since when it takes records.
    let openedAt: Int64
    /// Epoch milliseconds since when it takes none, and the number after all that it gave out.
    private(set) var closing: (at: Int64, sequence: SequenceNumber)?
    private(set) var records = Ring<StoredRecord>()
    /// How many records were ever dropped from the front; the index in the shard of the first one that is left.
    private(set) var firstIndex: UInt64 = 0
    private var limiter: ShardLimiter
    private let createdSeconds: UInt64
    private var lastSequence: SequenceNumber
    private var lastSecond: UInt64

    /// Opens a shard.
    ///
    /// - Parameters:
    ///   - index: Its place among all shards of the stream.
    ///   - range: The hash keys that are its own.
    ///   - parents: The shards it came from.
    ///   - createdAt: Its creation in its sequence numbers, in epoch milliseconds.
    ///   - openedAt: When it takes its first records, if that is earlier.
    init(index: Int, range: HashKeyRange, parents: [Int] = [], createdAt: Int64, openedAt: Int64? = nil) {
        self.index = index
        self.range = range
        self.parents = parents
        self.openedAt = openedAt ?? createdAt
        createdSeconds = UInt64(max(0, createdAt)) / 1000
        limiter = ShardLimiter(now: self.openedAt)
        lastSecond = createdSeconds
        lastSequence = SequenceNumber(
            .init(
                shardCreatedSeconds: createdSeconds,
                shardIndex: UInt32(index),
                recordIndex: 0,
                arrivalSeconds: createdSeconds
            )
        )
        startingSequence = lastSequence
    }

    var id: String { ShardID.text(index) }

    /// The number before the first record's.
    let startingSequence: SequenceNumber

    var isOpen: Bool { closing == nil }

    /// Takes no records any more.
    ///
    /// - Returns: The epoch second of its last number.
    mutating func close(now: Int64) -> UInt64 {
        lastSecond = max(lastSecond, UInt64(max(0, now)) / 1000)
        let last = SequenceNumber(
            .init(
                shardCreatedSeconds: createdSeconds,
                shardIndex: UInt32(index),
                recordIndex: UInt64(Int64.max),
                arrivalSeconds: lastSecond
            )
        )
        closing = (now, last)
        return lastSecond
    }

    /// The index in the shard that the next record will have.
    var endIndex: UInt64 { firstIndex + UInt64(records.count) }

    mutating func admits(bytes: Int, now: Int64) -> Bool {
        limiter.admit(bytes: bytes, now: now)
    }

    mutating func append(
        _ entry: RecordBatch.Entry,
        of block: [UInt8],
        isEncrypted: Bool,
        now: Int64
    ) -> SequenceNumber {
        let second = max(lastSecond, UInt64(max(0, now)) / 1000)
        if second == lastSecond {
            lastSequence = lastSequence.next
        } else {
            lastSecond = second
            lastSequence = SequenceNumber(
                .init(
                    shardCreatedSeconds: createdSeconds,
                    shardIndex: UInt32(index),
                    // Numbers start at 1: 0 is the shard's own starting number.
                    recordIndex: endIndex + 1,
                    arrivalSeconds: second
                )
            )
        }
        records.append(
            StoredRecord(
                sequence: lastSequence,
                arrivedAt: now,
                block: block,
                isEncrypted: isEncrypted,
                entry: entry
            )
        )
        return lastSequence
    }

    mutating func dropFirst() -> StoredRecord? {
        guard let record = records.popFirst() else { return nil }
        firstIndex += 1
        return record
    }

    /// Whether a number was, or could yet be, given out by this shard.
    func owns(_ number: QuotedSequenceNumber) -> Bool {
        number.shardIndex == index && number.shardCreatedSeconds == createdSeconds
    }

    // MARK: Positions of iterators

    /// The index of the first record at or after a number.
    func index(at sequence: SequenceNumber) -> UInt64 {
        firstIndex + UInt64(records.partitionIndex { $0.sequence < sequence })
    }

    /// The index of the first record after a number.
    func index(after sequence: SequenceNumber) -> UInt64 {
        firstIndex + UInt64(records.partitionIndex { $0.sequence <= sequence })
    }

    /// The index of the first record that arrived at or after an instant.
    func index(atTime milliseconds: Int64) -> UInt64 {
        firstIndex + UInt64(records.partitionIndex { $0.arrivedAt < milliseconds })
    }

    /// The number before a record, to go on from: that of the record before it, as far as it is still known.
    func number(before index: UInt64) -> SequenceNumber {
        if index >= endIndex { return lastSequence }
        let position = Int(clamping: max(index, firstIndex) - firstIndex)
        return position > 0 ? records[position - 1].sequence : startingSequence
    }

    /// What one read answers.
    struct Read: Sendable {
        var records: [StoredRecord]
        /// The index to go on from.
        var nextIndex: UInt64
        /// How far the reader is behind now; 0 when it has seen everything.
        var millisecondsBehind: Int64
        /// Whether nothing can ever follow.
        var isAtEnd: Bool
    }

    /// Reads from an index on, or from the oldest record when that one is gone.
    func read(from index: UInt64, limit: Int, bytesMax: Int, now: Int64) -> Read {
        var position = Int(clamping: max(index, firstIndex) - firstIndex)
        var found: [StoredRecord] = []
        var bytes = 0
        while position < records.count, found.count < limit {
            let record = records[position]
            bytes += Int(record.entry.dataCount)
            // The first record is answered whatever its size, or a reader could never pass it.
            if bytes > bytesMax, !found.isEmpty { break }
            found.append(record)
            position += 1
        }
        let behind = position < records.count ? max(1, now - records[position].arrivedAt) : 0
        return Read(
            records: found,
            nextIndex: firstIndex + UInt64(position),
            millisecondsBehind: behind,
            isAtEnd: !isOpen && position >= records.count
        )
    }
}
