/// Where somebody stood before an input who is part of a profile now.
struct FormerStanding: Sendable {
    /// The identities; empty = those of the profile.
    var identities: [Identity] = []
    /// The standings of all identities together.
    var memberships: [SegmentMembership]
}

extension FormerStanding {
    init(_ state: borrowing ProfileState) {
        self.init(identities: state.identities.map(\.identity), memberships: state.memberships)
    }
}
