import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging

extension HTTPServerBuilder {
    /// What takes connections as the owner of the server wants it.
    ///
    /// - Throws: ``ServerStartError`` when the certificate cannot be read.
    static func listening(
        _ options: ListenerOptions,
        _ metrics: ServerMetrics,
        _ logger: Logger
    ) throws(ServerStartError) -> HTTPServerBuilder {
        let gate = ConnectionGate(limits: options.connections, metrics: metrics.connections, logger: logger)
        let http = HTTPServerBuilder { responder in
            ClientChannel(gate: gate, isSecure: options.tls != nil, responder: responder)
        }
        guard let configuration = try options.tlsConfiguration() else { return http }
        do {
            return try .tls(http, tlsConfiguration: configuration)
        } catch {
            throw ServerStartError("TLS cannot be set up: \(error)")
        }
    }
}
