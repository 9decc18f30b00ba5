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
    ///   - peers: Which machines connections may lead to; see ``KinesisEndpoint/peers``. Each connection is judged once it
    ///     stands and before a request leaves on it.
    ///   - connectionsMax: Connections to one host.
    ///   - budget: Bounds the connections to all hosts; its clients send through it.
    ///   - proxy: What requests go through. Then the other end of a connection is the proxy, which is not judged: where it is
    ///     to go was, before it was asked.
    ///   - authorities: Who is trusted beside the authorities of the system.
    ///   - verifiesCertificates: False accepts any certificate; for tests with self-signed ones.
    /// - Returns: The settings.
    public static func kinesis(
        peers: PeerRule = .anyMachine,
        connectionsMax: Int = 8,
        budget: ConnectionBudget? = nil,
        proxy: OutgoingProxy? = nil,
        authorities: CertificateBundle? = nil,
        verifiesCertificates: Bool = true
    ) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.useModernCiphers()
        if let authorities { tls.additionalTrustRoots = [.certificates(authorities.certificates)] }
        if !verifiesCertificates { tls.certificateVerification = .none }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(3)),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            budget?.perEndpointMax ?? connectionsMax
        configuration.proxy = proxy?.setting
        let isProxied = proxy != nil
        // The caller's own retries wait between attempts.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { channel in
            budget?.count(channel)
            do throws(ForbiddenPeer) {
                // A connection that has ended meanwhile has no other end any more, and carries nothing.
                if channel.isActive, !isProxied { try peers.check(channel.remoteAddress) }
                return channel.eventLoop.makeSucceededVoidFuture()
            } catch {
                // The pool must hear of the failure before the end of the channel.
                channel.eventLoop.execute { channel.close(promise: nil) }
                return channel.eventLoop.makeFailedFuture(error)
            }
        }
        return configuration
    }
}
