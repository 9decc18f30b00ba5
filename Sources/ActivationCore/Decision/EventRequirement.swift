/// Which of a stored profile's events a batch needs.
public struct EventRequirement: Sendable {
    /// The profile's row.
    public let row: Int64
    /// How much of every event.
    public var extent: EventExtent
    /// Ids to look up; empty when every id is read anyway.
    public var ids: [String]
    /// Stretches of events with bodies, when the extent is `none`.
    public var ranges: [EventRange] = []
    /// So many of the oldest events with bodies, when the extent is `none`.
    public var oldest = 0
    /// Index of the profile in the batch.
    let profile: Int
    /// All ids that inputs may look for among the profile's events.
    let asked: Set<ByteKey>

    /// Whether some events are asked for, of an extent of `none`.
    public var asksForSome: Bool { !ranges.isEmpty || oldest > 0 }

    /// Whether nothing is asked for.
    var isEmpty: Bool { extent == .none && ids.isEmpty && !asksForSome }
}
