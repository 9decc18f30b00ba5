/// A profile as a storage keeps it; the value's format is ``ProfileValue``'s.
public struct StoredProfile: Sendable, Hashable {
    /// The storage's own handle, positive; 0 = not stored yet.
    public var row: Int64
    /// The id.
    public var id: Profile.ID
    /// Starts at 1 and grows by one with every change of the profile but that of `due`.
    public var revision: Int64
    /// The encoded profile.
    public var value: [UInt8]
    /// The earliest instant at which the profile changes with no new data; nil = never.
    public var due: Timestamp?

    /// Creates a stored profile.
    public init(row: Int64, id: Profile.ID, revision: Int64, value: [UInt8], due: Timestamp? = nil) {
        self.row = row
        self.id = id
        self.revision = revision
        self.value = value
        self.due = due
    }
}

extension StoredProfile {
    /// The identities, in the order in which they joined.
    ///
    /// - Throws: When the stored value cannot be read.
    public func identities(
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> [Identity] {
        try ProfileValue.decode(self, paths: paths, datasets: datasets).identities.map(\.identity)
    }
}
