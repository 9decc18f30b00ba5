/// The program behind a request, known by its access token.
struct AuthenticatedClient: Sendable, Hashable {
    /// The client id of its credential.
    var clientID: String
    /// The organisation it may act for.
    var orgID: String
}
