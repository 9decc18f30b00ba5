public import ActivationCore

/// Where a stored profile stands in the order of storage.
public struct ProfileRow: Sendable, Hashable {
    /// The storage's handle; see ``ActivationCore/StoredProfile/row``.
    public var row: Int64
    /// The profile.
    public var id: Profile.ID

    /// Creates an entry.
    public init(row: Int64, id: Profile.ID) {
        self.row = row
        self.id = id
    }
}
