import ActivationCore
import ActivationEngine
import Kinesis

/// A dataflow's records on their way to one Kinesis stream.
final class KinesisSink: RecordSink {
    let reports: AsyncStream<[SinkReport]>
    private let producer: KinesisProducer
    /// Ends when the producer does; ``close(within:)`` waits for it.
    private let serving: Task<Void, Never>

    init(_ producer: KinesisProducer) {
        self.producer = producer
        serving = Task { await producer.run() }
        reports = AsyncStream { await producer.nextSettlements()?.map(KinesisSink.report) }
    }

    func submit(_ records: [SinkRecord]) async {
        await producer.submit(
            records.map { record in
                KinesisRecord(
                    token: UInt64(bitPattern: record.token),
                    orderingKey: OrderingKey(high: record.orderingKey.uuid.high, low: record.orderingKey.uuid.low),
                    partitionKey: record.partitionKey,
                    data: record.payload
                )
            }
        )
    }

    func close(within deadline: Duration) async {
        await producer.close(within: deadline)
        await serving.value
    }

    private static func report(_ settlement: Settlement) -> SinkReport {
        let outcome: SinkOutcome =
            switch settlement.outcome {
            case .delivered(let receipt): .delivered(receipt: "\(receipt.shardID):\(receipt.sequenceNumber)")
            case .rejected(let error): .recordRejected(code: code(of: error), message: error.message)
            case .destinationFailed(let error, _):
                .destinationFailed(code: error.code.rawValue, message: error.message)
            }
        return SinkReport(token: Int64(bitPattern: settlement.token), outcome: outcome)
    }

    /// The word under which a refused record is parked.
    private static func code(of error: KinesisError) -> String {
        switch error.code {
        case .recordTooLarge: "MESSAGE_TOO_LARGE"
        case .invalidPartitionKey: "PARTITION_KEY_INVALID"
        case .attemptsExhausted: "RETRIES_EXHAUSTED"
        default: error.code.rawValue
        }
    }
}
