public import ActivationCore

/// How to reach and sign in to a destination, decrypted; never logged, never printed.
public struct DestinationCredentials: Sendable {
    /// The public half of the key pair.
    public var accessKeyId: String
    /// The secret half.
    public var secretKey: String
    /// The token of temporary credentials.
    public var sessionToken: String?
    /// The region, needed unless `connectionUrl` is given.
    public var region: String?
    /// Another endpoint than the region's own (SPEC 2.1).
    public var connectionUrl: String?

    /// Creates credentials.
    public init(
        accessKeyId: String,
        secretKey: String,
        sessionToken: String? = nil,
        region: String? = nil,
        connectionUrl: String? = nil
    ) {
        self.accessKeyId = accessKeyId
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.region = region
        self.connectionUrl = connectionUrl
    }
}

/// Why a destination cannot be used as configured (SPEC 10.6).
public struct DestinationProbeError: Error, Sendable {
    /// `CFG-001`, `AWS-401`, `AWS-403`, `AWS-404`, `AWS-409` or `NET-001`.
    public var code: String
    /// The step that failed, such as `ListStreams`.
    public var step: String
    /// What was found and what to do; no secret.
    public var message: String

    /// Creates an error.
    public init(code: String, step: String, message: String) {
        self.code = code
        self.step = step
        self.message = message
    }
}

/// The checks behind "create connection" and "create target".
public protocol DestinationProbe: Sendable {
    /// Checks that the endpoint answers and takes the key, by listing streams.
    func checkConnection(_ credentials: DestinationCredentials) async throws(DestinationProbeError)

    /// Checks that the stream exists and can be written to in this region, or the connection's own.
    func checkStream(
        _ credentials: DestinationCredentials,
        stream: String,
        region: String?
    ) async throws(DestinationProbeError)
}

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
