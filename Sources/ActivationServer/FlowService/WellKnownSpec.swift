/// Ids and names that Adobe's clients know by heart (BEHAVIOUR 1.2).
enum WellKnownSpec {
    /// The connection spec of the profile store, the source of every destination flow.
    static let profileStore = "8a9c3494-9708-43d7-ae3f-cda01e5030e1"
    /// The connection spec of streaming inlets (BEHAVIOUR 1.2).
    static let streamingInlet = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb"
    /// The flow spec of destinations.
    static let destinationFlow = "71471eba-b620-49e4-90fd-23f1fa0174d8"
    /// The provider of streaming sources.
    static let streamingProvider = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
    /// `auth.specName` of inlets.
    static let inletAuthentication = "Streaming Connection"
    /// The only version of every spec.
    static let version = "1.0"
}
