/// A record as it was read from a stream.
struct StreamRecord {
    var shard: String
    var sequence: String
    var partitionKey: String
    var data: [UInt8]
    /// When the stream took it, milliseconds since 1970.
    var arrivedAt: Int64
}
