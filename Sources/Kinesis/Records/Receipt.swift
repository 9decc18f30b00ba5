/// The service's proof that it holds a record.
///
/// Shares the bytes of the answer; the texts are made when asked for.
public struct Receipt: Sendable {
    private let answer: [UInt8]
    private let shard: Range<UInt32>
    private let sequence: Range<UInt32>

    /// The shard that took the record, such as `shardId-000000000003`.
    public var shardID: String { text(shard) }

    /// The record's sequence number in decimal digits: unique in the stream, rising within a shard.
    public var sequenceNumber: String { text(sequence) }

    init(answer: [UInt8], shard: Range<UInt32>, sequence: Range<UInt32>) {
        self.answer = answer
        self.shard = shard
        self.sequence = sequence
    }

    /// A receipt of two texts.
    init(shardID: String, sequenceNumber: String) {
        let answer = Array(shardID.utf8) + Array(sequenceNumber.utf8)
        let middle = UInt32(shardID.utf8.count)
        self.init(answer: answer, shard: 0..<middle, sequence: middle..<UInt32(answer.count))
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
