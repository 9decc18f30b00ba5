public import ActivationCore

/// That a profile was deleted: nothing that says who it was.
public struct Erasure: Sendable, Hashable {
    /// The profile's id, which nobody gets again.
    public var profile: Profile.ID
    /// The revision at which it ended.
    public var revision: Int64
    /// When it was deleted.
    public var deletedAt: Timestamp
    /// Whether the files hold nothing of it any more (BEHAVIOUR 3.11).
    public var isScrubbed: Bool

    /// Creates an erasure.
    public init(profile: Profile.ID, revision: Int64, deletedAt: Timestamp, isScrubbed: Bool) {
        self.profile = profile
        self.revision = revision
        self.deletedAt = deletedAt
        self.isScrubbed = isScrubbed
    }
}
