public import ActivationCore

/// Which records of a profile are asked for.
public struct RecordsRequest: Sendable {
    /// Whose they are.
    public var profile: Profile.ID
    /// Where the profile belongs.
    public var scope: Scope
    /// Only records of higher rows.
    public var after: Int64
    /// How many, at most.
    public var limit: Int
    /// Bytes of payloads; the last record may exceed it.
    public var bytesMax: Int

    /// Creates a request.
    public init(profile: Profile.ID, scope: Scope, after: Int64, limit: Int, bytesMax: Int) {
        self.profile = profile
        self.scope = scope
        self.after = after
        self.limit = limit
        self.bytesMax = bytesMax
    }
}
