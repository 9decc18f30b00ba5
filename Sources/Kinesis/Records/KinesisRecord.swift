/// Records with the same key reach the stream in the order in which they were submitted.
///
/// A key of its own, because what orders records (a profile) need not be what routes them (the partition key).
public struct OrderingKey: Hashable, Sendable {
    /// The first eight bytes.
    public var high: UInt64
    /// The last eight bytes.
    public var low: UInt64

    /// Creates a key, such as the two halves of a UUID.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// A record on its way to a stream.
public struct KinesisRecord: Sendable {
    /// The caller's number of the record; comes back in its settlement.
    public var token: UInt64
    /// Orders the record among others.
    public var orderingKey: OrderingKey
    /// Routes the record to a shard: 1 to 256 characters.
    public var partitionKey: String
    /// The record's content.
    public var data: [UInt8]

    /// Creates a record.
    ///
    /// - Parameters:
    ///   - token: The caller's number of the record.
    ///   - orderingKey: Orders the record among others.
    ///   - partitionKey: Routes the record to a shard.
    ///   - data: The record's content.
    public init(token: UInt64, orderingKey: OrderingKey, partitionKey: String, data: [UInt8]) {
        self.token = token
        self.orderingKey = orderingKey
        self.partitionKey = partitionKey
        self.data = data
    }

    /// What the service counts against its limits: data and partition key.
    var countedBytes: Int { data.count + partitionKey.utf8.count }

    /// Why the service would never take this record; nil if it would.
    ///
    /// - Parameter recordBytesMax: The stream's limit of data and partition key together.
    /// - Returns: The reason, or nil.
    func defect(recordBytesMax: Int) -> KinesisError? {
        // Bytes bound characters from above, so that the common case counts nothing.
        if partitionKey.isEmpty || partitionKey.utf8.count > 256 && partitionKey.unicodeScalars.count > 256 {
            return KinesisError(
                .invalidPartitionKey,
                "the partition key has \(partitionKey.unicodeScalars.count) characters; 1 to 256 are allowed"
            )
        }
        if countedBytes > recordBytesMax {
            return KinesisError(
                .recordTooLarge,
                "data and partition key are \(countedBytes) bytes; the stream takes at most \(recordBytesMax) bytes"
            )
        }
        return nil
    }
}
