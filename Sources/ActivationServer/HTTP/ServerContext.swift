import ActivationEngine
import Hummingbird
import Logging
import NIOCore

/// What handlers know of a request beside the request itself.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks; set by the gateway checks.
    var client: AuthenticatedClient?
    /// The request's id, in every answer and log line.
    let requestID: String

    /// The other end of the connection.
    let remoteAddress: SocketAddress?

    init(source: Source) {
        remoteAddress = source.channel.remoteAddress
        coreContext = CoreRequestContextStorage(source: source)
        requestID = ServerContext.newRequestID()
        logger[metadataKey: "request.id"] = "\(requestID)"
    }

    /// An id that no other request has: 16 hexadecimal digits.
    static func newRequestID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The client behind a route that the gateway checks guard.
    ///
    /// - Throws: `401013` when a route was left unguarded by mistake.
    func authenticatedClient() throws(APIError) -> AuthenticatedClient {
        guard let client else {
            throw APIError(.tokenInvalid, "this resource needs an access token", shape: .gateway)
        }
        return client
    }

    /// Whose name stands in the history of what the request changes.
    ///
    /// - Throws: `401013` when a route was left unguarded by mistake.
    func author() throws(APIError) -> ConfigurationChange.Author {
        try authenticatedClient().author
    }

    /// A parameter of the matched path; routes name only parameters that their path has.
    func pathParameter(_ name: String) -> String {
        parameters.get(name)?.percentDecoded() ?? ""
    }
}
