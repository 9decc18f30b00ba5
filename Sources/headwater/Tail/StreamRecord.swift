/// A record as it was read from a stream.
struct StreamRecord {
    var shard: String
    var sequence: String
    /// The place in the aggregate that has the sequence number, from 0; nil of a record by itself.
    var place: Int?
    var partitionKey: String
    var data: [UInt8]
    /// When the stream took it, milliseconds since 1970.
    var arrivedAt: Int64
}
