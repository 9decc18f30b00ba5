import ActivationEngine

/// Who is behind a request: a program, known by its access token, or a person at the console.
struct AuthenticatedClient: Sendable, Hashable {
    /// The client id of its credential.
    var clientID: String
    /// The organisation it may act for.
    var orgID: String
    /// By which way it came.
    var way = ConfigurationChange.Way.api
    /// The request by which it asks.
    var requestID: String?

    /// Whose name stands in the history.
    var author: ConfigurationChange.Author {
        ConfigurationChange.Author(name: clientID, way: way, requestID: requestID)
    }
}
