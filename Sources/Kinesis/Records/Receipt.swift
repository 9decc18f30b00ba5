/// The service's proof that it holds a record.
///
/// Records that went as one aggregate have shard and sequence number in common and are told apart by ``subsequenceNumber``. Shares
/// the bytes of the answer; the texts are made when asked for.
public struct Receipt: Sendable {
    private let answer: [UInt8]
    private let shard: Range<UInt32>
    private let sequence: Range<UInt32>
    /// The place in an aggregate; ``plain`` outside of one.
    private let place: UInt32

    private static let plain = UInt32.max

    /// The shard that took the record, such as `shardId-000000000003`.
    public var shardID: String { text(shard) }

    /// The record's sequence number in decimal digits: unique in the stream, rising within a shard.
    public var sequenceNumber: String { text(sequence) }

    /// The record's place in the aggregate that has the sequence number, from 0; nil of a record that is by itself.
    public var subsequenceNumber: Int? { place == Self.plain ? nil : Int(place) }

    init(answer: [UInt8], shard: Range<UInt32>, sequence: Range<UInt32>) {
        self.init(answer: answer, shard: shard, sequence: sequence, place: Self.plain)
    }

    private init(answer: [UInt8], shard: Range<UInt32>, sequence: Range<UInt32>, place: UInt32) {
        self.answer = answer
        self.shard = shard
        self.sequence = sequence
        self.place = place
    }

    /// A receipt of two texts.
    init(shardID: String, sequenceNumber: String) {
        let answer = Array(shardID.utf8) + Array(sequenceNumber.utf8)
        let middle = UInt32(shardID.utf8.count)
        self.init(answer: answer, shard: 0..<middle, sequence: middle..<UInt32(answer.count))
    }

    /// The receipt of a record inside the aggregate that this one is of.
    func inside(at place: Int) -> Receipt {
        Receipt(answer: answer, shard: shard, sequence: sequence, place: UInt32(clamping: place))
    }

    /// Whether the shard has this name.
    func isFrom(_ shardID: [UInt8]) -> Bool {
        guard shard.count == shardID.count else { return false }
        let bytes = answer.span.extracting(Int(shard.lowerBound)..<Int(shard.upperBound))
        for index in shardID.indices where bytes[index] != shardID[index] { return false }
        return true
    }

    private func text(_ range: Range<UInt32>) -> String {
        String(decoding: answer[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
    }
}

/// What a PutRecords request did with one of its records.
public enum RecordResult: Sendable {
    /// The stream holds the record.
    case written(Receipt)
    /// The stream does not hold the record.
    indirect case failed(KinesisError)
}
