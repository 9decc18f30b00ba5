/// Where a reader stands in a shard.
struct ShardIterator: Equatable, Sendable {
    var stream: String
    var incarnation: UInt64
    var shard: UInt32
    /// The index in the shard of the next record.
    var index: UInt64
    /// Epoch milliseconds at which this iterator was given out.
    var issuedAt: Int64

    func token(_ seal: TokenSeal) -> String {
        seal.token(.iterator, numbers: [incarnation, UInt64(shard), index, UInt64(bitPattern: issuedAt)], text: stream)
    }

    init(stream: String, incarnation: UInt64, shard: UInt32, index: UInt64, issuedAt: Int64) {
        self.stream = stream
        self.incarnation = incarnation
        self.shard = shard
        self.index = index
        self.issuedAt = issuedAt
    }

    /// Opens a token; nil for one that this endpoint did not give out.
    init?(token: String, _ seal: TokenSeal) {
        guard let (numbers, text) = seal.open(token, as: .iterator, numbers: 4),
            let shard = UInt32(exactly: numbers[1])
        else { return nil }
        stream = text
        incarnation = numbers[0]
        self.shard = shard
        index = numbers[2]
        issuedAt = Int64(bitPattern: numbers[3])
    }
}
