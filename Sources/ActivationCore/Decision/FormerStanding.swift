/// Where somebody stood before an input who is part of a profile now.
struct FormerStanding: Sendable {
    /// The identities; empty = those of the profile.
    var identities: [Identity] = []
    /// The standings of all identities together.
    var memberships: [SegmentMembership]
}

extension FormerStanding {
    /// Whether a dataflow that asks for consent may have been told of who stood so: since it asks they have been told of, which
    /// leaves a standing, or they were mapped before.
    ///
    /// When an audience was mapped is known by the second; of those of the second in which it began to ask it is known which came
    /// first.
    func mayBeKnown(to flow: CompiledDataflow, by mapped: CompiledDataflow.Mapped) -> Bool {
        guard let standing = memberships.standing(in: flow.dataflow.id.withheld) else {
            guard let since = flow.asksSince, !mapped.mapping.precedesConsent else { return true }
            return mapped.mapping.createdAt.milliseconds / 1_000 < since.milliseconds / 1_000
        }
        return standing.status == .exited
    }

    init(_ state: borrowing ProfileState) {
        self.init(identities: state.identities.map(\.identity), memberships: state.memberships)
    }
}
