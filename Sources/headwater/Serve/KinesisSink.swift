import ActivationCore
import ActivationEngine
import Kinesis

/// A dataflow's records on their way to one Kinesis stream.
final class KinesisSink: RecordSink {
    let events: AsyncStream<SinkEvent>
    private let producer: KinesisProducer
    /// Signs its requests.
    private let client: KinesisClient
    /// Ends when the producer does; ``close(within:)`` waits for it.
    private let serving: Task<Void, Never>

    init(_ producer: KinesisProducer, client: KinesisClient) {
        self.producer = producer
        self.client = client
        serving = Task { await producer.run() }
        events = AsyncStream { await producer.nextEvent().map(KinesisSink.event) }
    }

    func submit(_ records: [SinkRecord]) async -> Int {
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

    var landing: Duration { producer.landing }

    var notice: String? {
        producer.wireRefusal.map { "the endpoint does not take CBOR (\($0.code.rawValue)); requests go as JSON" }
    }

    var statistics: SinkStatistics? {
        let producer = producer.statistics
        var statistics = SinkStatistics()
        statistics.requests = producer.requests
        statistics.requestFailures = producer.requestFailures
        statistics.retried = producer.retried
        statistics.throttled = producer.throttled
        statistics.duplicatesPossible = producer.duplicatesPossible
        statistics.heldRecords = producer.heldRecords
        statistics.heldBytes = producer.heldBytes
        statistics.requestsInFlight = producer.requestsInFlight
        statistics.credentials = client.credentialsStanding.map { standing in
            SinkStatistics.Credentials(
                left: standing.left,
                failure: standing.failure.map { .init(code: $0.code.rawValue, message: $0.message) }
            )
        }
        statistics.lanes = producer.shards.map { shard in
            SinkStatistics.Lane(
                name: shard.shardID,
                recordsPerSecond: shard.recordsPerSecond,
                ready: shard.ready,
                delivered: shard.delivered,
                throttled: shard.throttled
            )
        }
        return statistics
    }

    private static func event(_ event: ProducerEvent) -> SinkEvent {
        switch event {
        case .settlements(let settlements): .reports(settlements.map(report))
        case .condition(.flowing): .condition(.flowing)
        case .condition(.retrying(let code, let message, let attempts)):
            .condition(.retrying(code: code.rawValue, message: message, attempts: attempts))
        }
    }

    private static func report(_ settlement: Settlement) -> SinkReport {
        let outcome: SinkOutcome =
            switch settlement.outcome {
            case .delivered(let receipt): .delivered(receipt: text(of: receipt))
            case .rejected(let error): rejected(error)
            case .recalled(let mayBeWritten): .recalled(mayHaveArrived: mayBeWritten)
            case .destinationFailed(let error, _):
                .destinationFailed(code: error.code.rawValue, message: error.message)
            }
        return SinkReport(token: Int64(bitPattern: settlement.token), outcome: outcome)
    }

    /// Shard and sequence number; of a record in an aggregate also its place there.
    private static func text(of receipt: Receipt) -> String {
        "\(receipt.shardID):\(receipt.sequenceNumber)\(receipt.subsequenceNumber.map { ":\($0)" } ?? "")"
    }

    /// What we find ourselves is certain; the service may be refusing everything.
    private static func rejected(_ error: KinesisError) -> SinkOutcome {
        switch error.code {
        case .recordTooLarge: .recordRejected(code: "MESSAGE_TOO_LARGE", message: error.message)
        case .invalidPartitionKey: .recordRejected(code: "PARTITION_KEY_INVALID", message: error.message)
        case .attemptsExhausted: .recordRejected(code: "RETRIES_EXHAUSTED", message: error.message)
        default: .recordRefused(code: error.code.rawValue, message: error.message)
        }
    }
}
