/// Where a destination put a record, as pages show it.
struct DeliveryReceipt: Sendable, Equatable {
    /// The shard of a stream; nil for what is no stream.
    let shard: String?
    /// The number in the shard; of others something that their own tools know.
    let sequence: String
    /// The id of the element that is copied.
    let id: String

    /// Reads what a destination answered.
    init(_ text: String, id: String) {
        // The place in an aggregate is no part of the number that the stream's tools know.
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        let isShard = parts.count >= 2 && parts[0].hasPrefix("shardId-")
        shard = isShard ? parts[0] : nil
        sequence = isShard ? parts[1] : text
        self.id = id
    }
}
