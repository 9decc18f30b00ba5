/// A profile unpacked for deciding: identities, links, facts, memberships.
struct ProfileState: Sendable {
    /// An identity and the instant it joined.
    struct Member: Sendable {
        var identity: Identity
        var addedAt: Timestamp
        /// The admission of the message that brought it; decides which of one instant is the older.
        var sequence: AdmissionSequence
        /// Where it stands by itself in audiences whose merge policy links nobody; sorted by audience id.
        var memberships: [SegmentMembership] = []
        /// When the clock may change one of these; sorted by audience id, at most one per audience.
        var timers: [AudienceTimer] = []
    }

    var id: Profile.ID
    /// 0 before the first change.
    var revision: Int64
    var createdAt: Timestamp
    /// The admission of the message that made the profile; of two made at one instant the lower is the older.
    var createdSequence: AdmissionSequence
    var updatedAt: Timestamp
    /// In the order in which they joined.
    var identities: [Member]
    /// Pairs of indices into `identities` that one message named together, smaller index first; kept so that a graph
    /// can be split again.
    var links: [IdentityLink]
    /// Where all identities together stand in audiences; sorted by audience id.
    var memberships: [SegmentMembership]
    /// When the clock may change a membership; sorted by audience id, at most one per audience.
    var timers: [AudienceTimer]
    /// What is kept of the events; sorted by leaf, at most one per leaf.
    var leaves: [StoredLeaf]
    /// The number of the ``LeafSet`` that is kept up; 0 = none.
    ///
    /// A leaf of the set that has nothing stored is as without events, any other one is not known.
    var leafSet: UInt64
    /// Events the storage holds for the profile.
    var eventCount: Int
    /// Since when there may be events of each dataset; sorted by dataset, at most one per dataset.
    var eventAges: [EventAge]
    /// What others stated of external audiences, in stored order (``ExternalMembership/isBefore(_:)``).
    var externals: [ExternalMembership]
    /// What happened to the profile last.
    var trail: ChangeTrail
    /// In their stored order (``AttributeEntry/isBefore(_:)``).
    var entries: [AttributeEntry]
    /// What the entries' slices point into; may hold bytes that no entry needs any more.
    var bytes: [UInt8]

    /// A profile that does not exist yet.
    init(id: Profile.ID, createdAt: Timestamp, sequence: AdmissionSequence) {
        self.id = id
        revision = 0
        self.createdAt = createdAt
        createdSequence = sequence
        updatedAt = createdAt
        identities = []
        links = []
        memberships = []
        timers = []
        leaves = []
        leafSet = 0
        eventCount = 0
        eventAges = []
        externals = []
        trail = ChangeTrail()
        entries = []
        bytes = []
    }

    /// The highest number of any message that the profile knows of.
    var latestSequence: AdmissionSequence {
        entries.reduce(createdSequence) { max($0, $1.sequence) }
    }

    /// Whether this profile is older than another (BEHAVIOUR 3.12, 4.7).
    func isOlder(than other: ProfileState) -> Bool {
        if createdAt != other.createdAt { return createdAt < other.createdAt }
        if createdSequence != other.createdSequence { return createdSequence < other.createdSequence }
        return id.uuid < other.id.uuid
    }

    /// Leaves out of `bytes` what no entry needs any more.
    mutating func dropUnusedBytes() {
        let needed = entries.reduce(0) { $0 + Int($1.length) }
        guard needed < bytes.count else { return }
        var packed: [UInt8] = []
        packed.reserveCapacity(needed)
        for index in entries.indices {
            let start = Int(entries[index].start)
            entries[index].start = UInt32(packed.count)
            packed.append(contentsOf: bytes[start..<start + Int(entries[index].length)])
        }
        bytes = packed
    }

    /// The stored standing in an audience, or nil.
    func membership(in audience: Audience.ID) -> SegmentMembership? {
        let index = membershipIndex(of: audience)
        return index < memberships.count && memberships[index].audience == audience ? memberships[index] : nil
    }

    /// Enters a new standing.
    mutating func set(_ membership: SegmentMembership) {
        let index = membershipIndex(of: membership.audience)
        if index < memberships.count, memberships[index].audience == membership.audience {
            memberships[index] = membership
        } else {
            memberships.insert(membership, at: index)
        }
    }

    /// Enters an earlier standing again; nil = there was none.
    mutating func restore(_ membership: SegmentMembership?, of audience: Audience.ID) {
        if let membership { return set(membership) }
        let index = membershipIndex(of: audience)
        if index < memberships.count, memberships[index].audience == audience { memberships.remove(at: index) }
    }

    /// Where an audience's membership stands or belongs.
    private func membershipIndex(of audience: Audience.ID) -> Int {
        memberships.sortedIndex { $0.audience.uuid < audience.uuid }
    }
}
