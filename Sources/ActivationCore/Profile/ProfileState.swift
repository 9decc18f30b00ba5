/// A profile unpacked for deciding: identities, links, facts, memberships.
struct ProfileState: Sendable {
    /// An identity and the instant it joined.
    struct Member: Sendable {
        var identity: Identity
        var addedAt: Timestamp
    }

    var id: Profile.ID
    /// 0 before the first change.
    var revision: Int64
    var createdAt: Timestamp
    var updatedAt: Timestamp
    /// In the order in which they joined.
    var identities: [Member]
    /// Pairs of indices into `identities` that one message named together, smaller index first; kept so that a graph
    /// can be split again.
    var links: [IdentityLink]
    /// Sorted by audience id.
    var memberships: [SegmentMembership]
    /// Events the storage holds for the profile.
    var eventCount: Int
    /// Sorted by path, dataset, source.
    var entries: [AttributeEntry]
    /// What the entries' slices point into; may hold bytes that no entry needs any more.
    var bytes: [UInt8]

    /// A profile that does not exist yet.
    init(id: Profile.ID, createdAt: Timestamp) {
        self.id = id
        revision = 0
        self.createdAt = createdAt
        updatedAt = createdAt
        identities = []
        links = []
        memberships = []
        eventCount = 0
        entries = []
        bytes = []
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

    /// Where an audience's membership stands or belongs.
    private func membershipIndex(of audience: Audience.ID) -> Int {
        memberships.sortedIndex { $0.audience.uuid < audience.uuid }
    }
}

/// Two identities, by index, that belong to one person.
struct IdentityLink: Hashable, Sendable {
    var first: UInt16
    var second: UInt16

    init(_ one: Int, _ other: Int) {
        first = UInt16(min(one, other))
        second = UInt16(max(one, other))
    }
}
