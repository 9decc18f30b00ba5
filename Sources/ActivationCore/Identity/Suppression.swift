/// An entry of the suppression list: an identity that may not come again (BEHAVIOUR 3.11).
public struct Suppression: Sendable, Hashable {
    /// The identity, as far as it is known.
    public var digest: IdentityDigest
    /// The identity's namespace, by its symbol.
    public var namespace: String
    /// The deleted profile that had it.
    public var profile: Profile.ID
    /// When that was deleted.
    public var suppressedAt: Timestamp

    /// Creates an entry.
    public init(digest: IdentityDigest, namespace: String, profile: Profile.ID, suppressedAt: Timestamp) {
        self.digest = digest
        self.namespace = namespace
        self.profile = profile
        self.suppressedAt = suppressedAt
    }
}
