/// Everything configured that decisions depend on.
public struct CatalogDefinition: Sendable {
    /// The merge policies; the first is the organisation's default.
    public var mergePolicies: [MergePolicy]
    /// The identity namespaces.
    public var namespaces: NamespaceDirectory
    /// The audiences.
    public var audiences: [AudienceDefinition]
    /// The dataflows, disabled ones included.
    public var dataflows: [Dataflow]

    /// Creates a definition.
    public init(
        mergePolicies: [MergePolicy],
        namespaces: NamespaceDirectory,
        audiences: [AudienceDefinition],
        dataflows: [Dataflow]
    ) {
        self.mergePolicies = mergePolicies
        self.namespaces = namespaces
        self.audiences = audiences
        self.dataflows = dataflows
    }
}

/// Why a catalog cannot be used.
public struct CatalogError: Error, Sendable, Hashable {
    /// The audience at fault.
    public var audience: Audience.ID?
    /// What was found and what to do.
    public var message: String

    /// Creates an error.
    public init(audience: Audience.ID?, message: String) {
        self.audience = audience
        self.message = message
    }
}
