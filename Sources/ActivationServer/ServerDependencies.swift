public import ActivationEngine
public import Logging
import Synchronization

/// Everything the HTTP API works with; the composition root fills it in, tests fill in fakes.
public struct ServerDependencies: Sendable {
    /// The engine.
    public var engine: any ServerEngine
    /// The configuration, connected to the same engine.
    public var control: ControlPlane
    /// Checks destinations when connections and targets are made.
    public var probe: any DestinationProbe
    /// The clock.
    public var time: any TimeSource
    /// Where new ids come from.
    public var ids: any IDSource
    /// The server's keys.
    public var keys: ServerKeys
    /// Where clients reach the server.
    public var endpoint: ServerEndpoint
    /// What is counted.
    public var metrics: ServerMetrics
    /// Allows plain http to destinations that are not on this machine (RULINGS 30).
    public var allowsInsecureEndpoints: Bool
    /// The server's log.
    public var logger: Logger

    /// Creates dependencies.
    public init(
        engine: any ServerEngine,
        control: ControlPlane,
        probe: any DestinationProbe,
        time: any TimeSource,
        ids: any IDSource = RandomIDSource(),
        keys: ServerKeys,
        endpoint: ServerEndpoint,
        metrics: ServerMetrics = ServerMetrics(),
        allowsInsecureEndpoints: Bool = false,
        logger: Logger
    ) {
        self.engine = engine
        self.control = control
        self.probe = probe
        self.time = time
        self.ids = ids
        self.keys = keys
        self.endpoint = endpoint
        self.metrics = metrics
        self.allowsInsecureEndpoints = allowsInsecureEndpoints
        self.logger = logger
    }
}

/// The base URL that answers show to clients, such as in `inletUrl`; known for certain once the port is.
public final class ServerEndpoint: Sendable {
    private let url: Mutex<String>

    /// Creates an endpoint from `scheme://host:port`.
    public init(_ url: String) {
        self.url = Mutex(url)
    }

    /// The URL, without a slash at its end.
    public var value: String {
        get { url.withLock { $0 } }
        set { url.withLock { $0 = newValue } }
    }
}
