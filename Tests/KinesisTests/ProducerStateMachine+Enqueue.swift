@testable import Kinesis

extension ProducerStateMachine {
    /// Takes a record as the producer does, which hashes its partition key before.
    mutating func enqueue(_ record: KinesisRecord, now: MonotonicTime) -> Bool {
        enqueue(record, hash: HashKey.prefix(record.partitionKey), now: now)
    }
}
