import NIOSSL

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
    public var publicURL: PublicURL?
    /// How many clients may be connected.
    public var connections: ConnectionLimits

    /// Creates options.
    public init(
        host: String = "127.0.0.1",
        port: Int,
        tls: (certificate: String, key: String)? = nil,
        isBehindProxy: Bool = false,
        publicURL: PublicURL? = nil,
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
        publicURL?.description
            ?? "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Refuses options with which no server can listen.
    ///
    /// - Throws: ``ServerStartError`` when the address needs TLS, or the certificate or its key cannot be used.
    public func check() throws(ServerStartError) {
        guard isLoopback || tls != nil || isBehindProxy else {
            throw ServerStartError(
                "\(host) is not a loopback address: give --tls-cert and --tls-key, or --behind-proxy when "
                    + "something in front of the server does TLS"
            )
        }
        guard let tls, let configuration = try tlsConfiguration() else { return }
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw ListenerOptions.unusable(tls, error)
        }
    }

    /// How TLS is spoken; nil = plain HTTP.
    func tlsConfiguration() throws(ServerStartError) -> TLSConfiguration? {
        guard let tls else { return nil }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate)
            let key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.minimumTLSVersion = .tlsv12
            configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
            return configuration
        } catch {
            throw ListenerOptions.unusable(tls, error)
        }
    }

    private static func unusable(_ tls: (certificate: String, key: String), _ error: any Error) -> ServerStartError {
        ServerStartError("the certificate \(tls.certificate) or its key \(tls.key) cannot be used: \(error)")
    }

    private var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
