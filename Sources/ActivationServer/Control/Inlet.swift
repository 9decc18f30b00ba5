import ActivationCore

/// A door for streaming ingestion, made as a connection with the streaming connection spec (BEHAVIOUR 6.1).
struct Inlet: Sendable, Hashable {
    /// The id in `/collection/{inletId}`.
    var id: String
    /// Its name.
    var name: String
    /// Whether messages need an access token.
    var isAuthenticationRequired: Bool
    /// Where identities stand in entities without `identityMap` (BEHAVIOUR 6.1).
    var identities: [IdentitySelector]

    /// Reads the inlet of a connection; nil for other connections.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .connection, let id = entry.string("inletId") else { return nil }
        let params = entry.body["auth"]?["params"]
        self.id = id
        name = entry.string("name") ?? ""
        isAuthenticationRequired = params?["authenticationRequired"]?.bool ?? true
        identities = (params?["identities"]?.array ?? []).compactMap { item in
            guard let path = item["path"]?.string, let namespace = item["namespace"]?.string else { return nil }
            return IdentitySelector(
                path: path.dottedKeys.filter { !$0.isEmpty },
                namespace: namespace,
                isPrimary: item["primary"]?.bool ?? false
            )
        }
    }
}
