/// Which of a stored profile's events a batch needs.
public struct EventRequirement: Sendable {
    /// The profile's row.
    public let row: Int64
    /// How much of every event.
    public let extent: EventExtent
    /// Ids to look up; empty when every id is read anyway.
    public let ids: [String]
    /// Index of the profile in the batch.
    let profile: Int
    /// All ids that inputs may look for among the profile's events.
    let asked: Set<ByteKey>
}
