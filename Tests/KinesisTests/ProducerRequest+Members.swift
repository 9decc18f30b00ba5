@testable import Kinesis

extension ProducerRequest {
    /// The records behind each record of the stream: one, or those of an aggregate.
    var members: [[KinesisRecord]] {
        records.indices.map { index in
            [records[index]] + (isAggregate(index) ? followers[index].map(\.record) : [])
        }
    }
}
