/// The records of one request: their bytes in one block, and where each one lies.
struct RecordBatch: Sendable {
    /// One record of a request.
    struct Entry: Sendable {
        var dataStart: UInt32
        var dataCount: UInt32
        var keyStart: UInt32
        var keyCount: UInt32
        /// The explicit hash key, or the hash of the partition key.
        var hash: UInt128

        /// What counts against the limits.
        var byteCount: Int { Int(dataCount) + Int(keyCount) }
    }

    /// Data and partition keys.
    var bytes: [UInt8]
    var entries: [Entry]
}

/// A record in a shard.
struct StoredRecord: Sendable {
    var sequence: SequenceNumber
    /// Epoch milliseconds of its arrival.
    var arrivedAt: Int64
    /// The block of the request that brought it, shared with that request's other records.
    var block: [UInt8]
    /// Whether its stream was encrypted when it came.
    var isEncrypted: Bool
    var entry: RecordBatch.Entry

    var data: ArraySlice<UInt8> {
        block[Int(entry.dataStart)..<Int(entry.dataStart) + Int(entry.dataCount)]
    }

    var partitionKey: String {
        String(decoding: block[Int(entry.keyStart)..<Int(entry.keyStart) + Int(entry.keyCount)], as: UTF8.self)
    }
}

/// What became of one record of a request.
enum PutOutcome: Equatable, Sendable {
    case stored(shard: Int, sequence: SequenceNumber)
    case throttled(shard: Int)
    case failed
}
