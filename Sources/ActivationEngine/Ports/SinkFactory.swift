public import ActivationCore

/// Opens the sinks of dataflows.
public protocol SinkFactory: Sendable {
    /// How long after it was sent a record may still reach the destination: the longest request and a guard.
    var landingTime: Duration { get }

    /// A new sink for the dataflow as it is configured now.
    func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink

    /// Where the dataflow's oldest waiting records belong: a former destination as long as some wait that were triggered
    /// before it changed, else what is configured now.
    func route(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> SinkRoute

    /// Notes that no record of a dataflow waits any more up to a row, so that former destinations of those are done with.
    func passed(_ row: Int64, of dataflow: Dataflow.ID) async throws(StorageError)
}

extension SinkFactory {
    /// What is configured now: the destination never changes.
    public func route(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> SinkRoute {
        SinkRoute(sink: try await sink(for: dataflow))
    }

    /// Nothing is to be noted: the destination never changes.
    public func passed(_ row: Int64, of dataflow: Dataflow.ID) async throws(StorageError) {}
}
