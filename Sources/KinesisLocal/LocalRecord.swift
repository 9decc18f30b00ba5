/// A record as a stream holds it.
public struct LocalRecord: Equatable, Sendable {
    /// The name of its shard.
    public var shardID: String
    /// Its 56 digits.
    public var sequenceNumber: String
    /// The key it came with.
    public var partitionKey: String
    /// Its bytes.
    public var data: [UInt8]
    /// Epoch milliseconds of its arrival.
    public var arrivedAt: Int64

    init(_ record: StoredRecord, of shard: Shard) {
        shardID = shard.id
        sequenceNumber = record.sequence.description
        partitionKey = record.partitionKey
        data = Array(record.data)
        arrivedAt = record.arrivedAt
    }
}
