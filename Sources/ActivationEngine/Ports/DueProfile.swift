public import ActivationCore

/// A stored profile that the clock may change.
public struct DueProfile: Sendable, Hashable {
    /// The profile.
    public var id: Profile.ID
    /// When; see ``ActivationCore/StoredProfile/due``.
    public var due: Timestamp

    /// Creates an entry.
    public init(id: Profile.ID, due: Timestamp) {
        self.id = id
        self.due = due
    }
}
