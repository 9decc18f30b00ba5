import ActivationCore
import ActivationEngine

/// A destination that takes everything at once.
struct NullSink: RecordSink {
    let reports: AsyncStream<[SinkReport]>
    private let continuation: AsyncStream<[SinkReport]>.Continuation

    init() {
        // The relay's window bounds what can be in here.
        (reports, continuation) = AsyncStream.makeStream(of: [SinkReport].self, bufferingPolicy: .unbounded)
    }

    func submit(_ records: [SinkRecord]) async {
        continuation.yield(records.map { SinkReport(token: $0.token, outcome: .delivered(receipt: "")) })
    }

    func close(within deadline: Duration) async {
        continuation.finish()
    }
}

/// Opens null sinks.
struct NullSinkFactory: SinkFactory {
    func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink { NullSink() }
}
