public import ActivationCore

/// Opens the sinks of dataflows.
public protocol SinkFactory: Sendable {
    /// How long after it was sent a record may still reach the destination: the longest request and a guard.
    var landingTime: Duration { get }

    /// A new sink for the dataflow as it is configured now.
    func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink
}
