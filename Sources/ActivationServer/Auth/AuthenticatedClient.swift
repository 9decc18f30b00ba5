import ActivationEngine

/// Who is behind a request: a program, known by its access token, or a person at the console.
struct AuthenticatedClient: Sendable, Hashable {
    /// The client id of its credential.
    var clientID: String
    /// The organisation it may act for.
    var orgID: String
    /// Whether any of its roles counts in the sandbox.
    var isAdmitted = true
    /// What it may do; nothing unless its roles say so.
    var permissions: Set<Permission> = []
    /// What its access token is narrowed to; ``permissions`` has nothing beyond it.
    var scope: TokenScope?
    /// What it may see of what has labels.
    var clearance = Clearance.everything
    /// By which way it came.
    var way = ConfigurationChange.Way.api
    /// The request by which it asks.
    var requestID: String?
    /// The address from which it asks.
    var sender: String?

    /// Whose name stands in the history.
    var author: ConfigurationChange.Author {
        ConfigurationChange.Author(name: clientID, way: way, requestID: requestID, sender: sender)
    }
}
