/// Where and how the server listens.
public struct ListenerOptions: Sendable {
    /// The address; anything but loopback needs `tls` or `isBehindProxy` (BEHAVIOUR 1.10).
    public var host: String
    /// The port; 0 takes a free one.
    public var port: Int
    /// PEM files of the certificate chain and its private key; nil = plain HTTP.
    public var tls: (certificate: String, key: String)?
    /// Says that something in front of the server does TLS.
    public var isBehindProxy: Bool
    /// The base URL shown to clients when it is not the listener's own, such as a proxy's.
    public var publicURL: String?
    /// How many clients may be connected.
    public var connections: ConnectionLimits

    /// Creates options.
    public init(
        host: String = "127.0.0.1",
        port: Int,
        tls: (certificate: String, key: String)? = nil,
        isBehindProxy: Bool = false,
        publicURL: String? = nil,
        connections: ConnectionLimits = ConnectionLimits(descriptors: 1_024)
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.isBehindProxy = isBehindProxy
        self.publicURL = publicURL
        self.connections = connections
    }

    /// The base URL for a port.
    public func url(port: Int) -> String {
        publicURL ?? "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
