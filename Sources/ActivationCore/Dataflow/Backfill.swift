/// An order to export members of mapped audiences who qualified before the mapping, or once more (BEHAVIOUR 3.8), or to
/// tell of those of audiences that were taken out of a dataflow (BEHAVIOUR 3.9).
public struct Backfill: Hashable, Sendable {
    /// A backfill's id.
    public struct ID: Hashable, Sendable {
        /// The UUID.
        public var uuid: UUIDBytes

        /// Wraps a UUID.
        public init(uuid: UUIDBytes) {
            self.uuid = uuid
        }
    }

    /// What is wanted of it.
    public enum Wish: String, Sendable, CaseIterable {
        /// To go on.
        case running
        /// To rest.
        case paused
        /// To end.
        case cancelled
    }

    /// The id.
    public var id: ID
    /// Whose members are exported.
    public var dataflow: Dataflow.ID
    /// The audiences whose members are exported, as far as they are mapped when a member's turn comes; nil = all mapped.
    public var audiences: Set<Audience.ID>?
    /// Audiences that were taken out of the dataflow, as they were mapped: their members are told of as exited, and nobody
    /// else; empty = members of mapped audiences are exported.
    public var unmapped: [Dataflow.MappedAudience]
    /// Only members who qualified at this instant or later; nil = all.
    public var since: Timestamp?
    /// When it was ordered, since who qualified later was exported then; nil = it is not in use yet.
    ///
    /// The engine sets it between two batches, so that each decision comes before or after it.
    public var orderedAt: Timestamp?
    /// What is wanted of it.
    public var wish: Wish
    /// Records a second at most; nil = as many as the engine's own bound lets.
    public var recordsPerSecond: Int?

    /// Creates an order.
    public init(
        id: ID,
        dataflow: Dataflow.ID,
        audiences: Set<Audience.ID>? = nil,
        unmapped: [Dataflow.MappedAudience] = [],
        since: Timestamp? = nil,
        orderedAt: Timestamp? = nil,
        wish: Wish = .running,
        recordsPerSecond: Int? = nil
    ) {
        self.id = id
        self.dataflow = dataflow
        self.audiences = audiences
        self.unmapped = unmapped
        self.since = since
        self.orderedAt = orderedAt
        self.wish = wish
        self.recordsPerSecond = recordsPerSecond
    }
}

extension Backfill {
    /// Whether a stored profile has a standing that the order is about.
    ///
    /// - Throws: When the stored value cannot be read.
    public func wants(
        _ stored: StoredProfile,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> Bool {
        let state = try ProfileValue.decode(stored, paths: paths, datasets: datasets)
        return state.memberships.contains(where: wants)
            || state.identities.contains { $0.memberships.contains(where: wants) }
    }

    /// Whether a standing is one that the order is about: of a member of an audience, as long as that is mapped, or of who
    /// is a member of one that was taken out of the dataflow, or has left it since.
    public func wants(_ membership: SegmentMembership) -> Bool {
        guard unmapped.isEmpty else {
            return unmapped.contains { $0.audience == membership.audience }
                && (membership.status == .realized
                    || orderedAt.map { membership.lastQualificationTime > $0 } ?? false)
        }
        return membership.status == .realized
            && audiences?.contains(membership.audience) ?? true
            && since.map { membership.lastQualificationTime >= $0 } ?? true
            && orderedAt.map { membership.lastQualificationTime <= $0 } ?? false
    }
}
