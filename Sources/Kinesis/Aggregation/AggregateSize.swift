/// What an aggregate of one partition key counts as it grows.
struct AggregateSize: Sendable {
    /// Data and partition key together, as the service counts them.
    private(set) var countedBytes: Int

    init(partitionKey: String) {
        let key = partitionKey.utf8.count
        countedBytes =
            key + AggregateFrame.magic.count + AggregateFrame.digestBytes + 1 + ProtobufLength.bytes(of: key) + key
    }

    /// The size of a record and those that go with it.
    init(of first: KinesisRecord, _ followers: [PendingRecord]) {
        self = AggregateSize(partitionKey: first.partitionKey).adding(dataBytes: first.data.count)
        for follower in followers { self = adding(dataBytes: follower.record.data.count) }
    }

    /// The same with one more record.
    func adding(dataBytes: Int) -> AggregateSize {
        var size = self
        let record = Self.recordBytes(dataBytes: dataBytes)
        size.countedBytes += 1 + ProtobufLength.bytes(of: record) + record
        return size
    }

    /// What stands inside of one record's field: the index of its key, and its data.
    static func recordBytes(dataBytes: Int) -> Int { 3 + ProtobufLength.bytes(of: dataBytes) + dataBytes }
}

/// Numbers as protocol buffers write them: seven bits in a byte, the lowest first.
enum ProtobufLength {
    /// How many bytes a number takes.
    static func bytes(of number: Int) -> Int {
        max(1, (Int.bitWidth - number.leadingZeroBitCount + 6) / 7)
    }

    static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = UInt(bitPattern: number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
