import Hummingbird
import Logging

/// What handlers know of a request beside the request itself.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks; set by the gateway checks.
    var client: AuthenticatedClient?

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
    }

    /// The request's id, in every answer and log line.
    var requestID: String { id }

    /// The client behind a route that the gateway checks guard.
    ///
    /// - Throws: `401013` when a route was left unguarded by mistake.
    func authenticatedClient() throws(APIError) -> AuthenticatedClient {
        guard let client else {
            throw APIError(.tokenInvalid, "this resource needs an access token", shape: .gateway)
        }
        return client
    }

    /// A parameter of the matched path; routes name only parameters that their path has.
    func pathParameter(_ name: String) -> String {
        parameters.get(name)?.percentDecoded() ?? ""
    }
}
