public import ActivationCore
public import ActivationEngine

/// Opens sinks by a closure.
public struct ClosureSinkFactory: SinkFactory {
    /// See ``SinkFactory/landingTime``.
    public let landingTime: Duration
    private let open: @Sendable (Dataflow.ID) throws(SinkFactoryError) -> any RecordSink

    /// Creates a factory.
    public init(
        landingTime: Duration = .zero,
        _ open: @escaping @Sendable (Dataflow.ID) throws(SinkFactoryError) -> any RecordSink
    ) {
        self.landingTime = landingTime
        self.open = open
    }

    /// See ``SinkFactory/sink(for:)``.
    public func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink {
        try open(dataflow)
    }
}
