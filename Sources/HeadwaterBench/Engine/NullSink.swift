import ActivationCore
import ActivationEngine

/// A destination that takes everything at once.
struct NullSink: RecordSink {
    let events: AsyncStream<SinkEvent>
    /// What it answers for each record; the ledger keeps what is not empty.
    private let receipt: String
    private let continuation: AsyncStream<SinkEvent>.Continuation

    init(receipt: String) {
        self.receipt = receipt
        // The relay's window bounds what can be in here.
        (events, continuation) = AsyncStream.makeStream(of: SinkEvent.self, bufferingPolicy: .unbounded)
    }

    func submit(_ records: [SinkRecord]) async -> Int {
        continuation.yield(
            .reports(records.map { SinkReport(token: $0.token, outcome: .delivered(receipt: receipt)) })
        )
        return records.count
    }

    func close(within deadline: Duration) async {
        continuation.finish()
    }
}
