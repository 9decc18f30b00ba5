import ActivationCore
import ActivationEngine

/// Opens null sinks.
struct NullSinkFactory: SinkFactory {
    var receipt = ""

    /// Nothing is ever on its way.
    var landingTime: Duration { .zero }

    func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink { NullSink(receipt: receipt) }
}
