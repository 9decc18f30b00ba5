/// What a stored profile says of itself, for whoever compares it with the rest of a store.
public struct StoredProfileContents: Sendable {
    /// The identities, in the order in which they joined.
    public var identities: [Identity]
    /// Events that the store holds of it.
    public var eventCount: Int
    /// The earliest instant at which the clock may change a membership; nil = never.
    public var timer: Timestamp?

    /// Reads a stored profile.
    ///
    /// - Throws: When the stored value cannot be read.
    public init(
        of profile: StoredProfile,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) {
        let state = try ProfileValue.decode(profile, paths: paths, datasets: datasets)
        identities = state.identities.map(\.identity)
        eventCount = state.eventCount
        timer = state.due
    }
}
