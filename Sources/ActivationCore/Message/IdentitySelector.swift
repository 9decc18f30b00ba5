/// Where an inlet finds an identity in entities that have no `identityMap` (BEHAVIOUR 6.1).
public struct IdentitySelector: Hashable, Sendable {
    /// Keys from the root to a string.
    public var path: [String]
    /// The namespace's symbol.
    public var namespace: String
    /// Whether it names the primary identity.
    public var isPrimary: Bool

    /// Creates a selector.
    public init(path: [String], namespace: String, isPrimary: Bool) {
        self.path = path
        self.namespace = namespace
        self.isPrimary = isPrimary
    }
}
