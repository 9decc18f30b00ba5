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

    /// Opens what the dataflow delivers to.
    ///
    /// - Parameter dataflow: Whose records are to be delivered.
    /// - Returns: A new sink.
    /// - Throws: What ``ControlPlane/sinkParameters(for:)`` or the kind throws, or `DESTINATION_UNKNOWN`.
    public func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink {
        let parameters = try control.sinkParameters(for: dataflow)
        guard let kind = destinations[parameters.spec] else {
            throw SinkFactoryError(
                code: "DESTINATION_UNKNOWN",
                message:
                    "this server offers no destination with the connection spec \(parameters.spec.excerpt(64)); run "
                    + "one that does, or delete the flow"
            )
        }
        return try await kind.open(target: parameters.target, account: parameters.account, for: dataflow)
    }
}
