public import ActivationCore

/// Why a dataflow's sink cannot be opened; the relay pauses with this reason.
public struct SinkFactoryError: Error, Sendable {
    /// A word for the books and the API.
    public var code: String
    /// What was found and what to do; no secret.
    public var message: String

    /// Creates an error.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// Opens the sinks of dataflows.
public protocol SinkFactory: Sendable {
    /// How long after it was sent a record may still reach the destination: the longest request and a guard.
    var landingTime: Duration { get }

    /// A new sink for the dataflow as it is configured now.
    func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink
}
