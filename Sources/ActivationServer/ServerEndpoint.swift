import Synchronization

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
