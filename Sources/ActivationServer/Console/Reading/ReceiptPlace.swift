/// Where a destination put a record, as its answer says: of a stream the shard and the number there; of others something that
/// their own tools know.
struct ReceiptPlace {
    /// The shard; nil when there is none.
    let shard: String?
    /// The number there, or the whole answer.
    let sequence: String

    init(_ receipt: String) {
        let parts = receipt.split(separator: ":", maxSplits: 1).map(String.init)
        let isShard = parts.count == 2 && parts[0].hasPrefix("shardId-")
        shard = isShard ? parts[0] : nil
        sequence = isShard ? parts[1] : receipt
    }
}
