public import AsyncHTTPClient
import NIOCore
import NIOSSL

extension HTTPClient.Configuration {
    /// The settings that a producer needs: HTTP/1.1 keep-alive, one connection per request on the way, no redirects.
    ///
    /// Connections idle for 15 seconds are closed, which is before the service closes them: a request must not meet a
    /// connection that is just being closed, for its fate would be unknown.
    ///
    /// - Parameters:
    ///   - connectionsMax: Connections to one host that are kept.
    ///   - verifiesCertificates: False accepts any certificate; for tests with self-signed ones.
    /// - Returns: The settings.
    public static func kinesis(connectionsMax: Int = 8, verifiesCertificates: Bool = true) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if !verifiesCertificates { tls.certificateVerification = .none }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(3)),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        // The caller's own retries wait between attempts.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
