public import ActivationCore
public import ActivationEngine

/// Opens the sinks of dataflows, each by the kind of its destination, as configured at that moment.
public struct DestinationSinks: SinkFactory {
    private let control: ControlPlane
    private let destinations: DestinationCatalog

    /// Creates a factory.
    ///
    /// - Parameters:
    ///   - control: Knows how each dataflow is configured.
    ///   - destinations: The kinds there are.
    public init(control: ControlPlane, destinations: DestinationCatalog) {
        self.control = control
        self.destinations = destinations
    }

    /// The longest of all kinds.
    public var landingTime: Duration { destinations.kinds.map(\.landingTime).max() ?? .zero }

    /// Opens what the dataflow's oldest waiting records belong to.
    ///
    /// - Parameter dataflow: Whose records are to be delivered.
    /// - Returns: A new sink.
    /// - Throws: What ``route(for:)`` throws.
    public func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink {
        try await route(for: dataflow).sink
    }

    /// Opens what the dataflow's oldest waiting records belong to, and says how far they go.
    ///
    /// - Parameter dataflow: Whose records are to be delivered.
    /// - Returns: A new sink, and the last record for it.
    /// - Throws: What ``ControlPlane/sinkParameters(for:)`` or the kind throws, or `DESTINATION_UNKNOWN`.
    public func route(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> SinkRoute {
        let parameters = try control.sinkParameters(for: dataflow)
        guard let kind = destinations[parameters.spec] else {
            throw SinkFactoryError(
                code: "DESTINATION_UNKNOWN",
                message:
                    "this server offers no destination with the connection spec \(parameters.spec.excerpt(64)); run "
                    + "one that does, or delete the flow"
            )
        }
        let sink = try await kind.open(target: parameters.target, account: parameters.account, for: dataflow)
        return SinkRoute(sink: sink, through: parameters.through)
    }

    /// Notes that former targets of records up to a row are done with.
    ///
    /// - Parameters:
    ///   - row: No record up to it waits.
    ///   - dataflow: Whose records.
    /// - Throws: The store's error.
    public func passed(_ row: Int64, of dataflow: Dataflow.ID) async throws(StorageError) {
        try await control.passed(row, of: dataflow)
    }
}
