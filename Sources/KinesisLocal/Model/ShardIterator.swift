/// Where a reader stands in a shard.
struct ShardIterator: Equatable, Sendable {
    var stream: String
    var incarnation: UInt64
    var shard: UInt32
    /// The index in the shard of the next record.
    var index: UInt64
    /// Epoch milliseconds at which this iterator was given out.
    var issuedAt: Int64

    /// Writes it as the service does: never the same text twice, though made in the same millisecond for the same place.
    func token(_ seal: TokenSeal) -> String {
        let nonce = UInt64.random(in: 0...UInt64.max)
        return seal.token(
            .iterator,
            numbers: [nonce, incarnation, UInt64(shard), index, UInt64(bitPattern: issuedAt)],
            text: stream
        )
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
        guard let (numbers, text) = seal.open(token, as: .iterator, numbers: 5),
            let shard = UInt32(exactly: numbers[2])
        else { return nil }
        stream = text
        incarnation = numbers[1]
        self.shard = shard
        index = numbers[3]
        issuedAt = Int64(bitPattern: numbers[4])
    }
}
