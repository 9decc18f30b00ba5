/// What a producer did so far and what it holds; counters only rise.
public struct ProducerStatistics: Sendable {
    /// Records that the service acknowledged.
    public var delivered = 0
    /// Of these, records that went in aggregates.
    public var aggregated = 0
    /// The aggregates that these went in: of each the stream holds one record.
    public var aggregates = 0
    /// Records that will never be taken.
    public var rejected = 0
    /// Records that were called back before they were sent.
    public var recalled = 0
    /// Records settled because the destination failed.
    public var destinationFailed = 0
    /// Times that a record was put back to be sent again.
    public var retried = 0
    /// Times that a record, or an aggregate, was refused because its shard takes no more for now.
    public var throttled = 0
    /// Records in requests that failed ambiguously: the stream may hold each of them twice.
    public var duplicatesPossible = 0
    /// Requests decided.
    public var requests = 0
    /// Requests that failed as a whole.
    public var requestFailures = 0
    /// Records in memory now.
    public var heldRecords = 0
    /// Bytes in memory now.
    public var heldBytes = 0
    /// Ordering keys with records, or held after an ambiguous failure, now.
    public var keys = 0
    /// Requests on their way now.
    public var requestsInFlight = 0
    /// The lanes by shard; of parts of the stream while its shards are not known.
    public var shards: [ShardStatistics] = []
    /// What requests are written in now; ``KinesisProducer/wireRefusal`` tells why that is not what the client wants.
    public var wire = KinesisWire.json
    /// Why nothing gets through until a person acts.
    public var failure: KinesisError?
}

/// What a producer did with one shard so far, and how fast it writes to it.
public struct ShardStatistics: Sendable {
    /// The shard; nil for a part of a stream whose shards are not known.
    public var shardID: String?
    /// Records that may go to it in a second now.
    public var recordsPerSecond: Double
    /// Records that wait for the pace now; of each ordering key the first one counts.
    public var ready: Int
    /// Records of the stream that the service acknowledged: an aggregate is one.
    public var delivered: Int
    /// Times that a record, or an aggregate, was refused because the shard takes no more for now.
    public var throttled: Int
}
