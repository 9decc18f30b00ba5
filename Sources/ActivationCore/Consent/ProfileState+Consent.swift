extension ProfileState {
    /// The profile as a dataflow shows it that asks for consent: of who gave it again after a time, nobody is a member since
    /// before that.
    ///
    /// - Parameters:
    ///   - flow: The dataflow.
    ///   - together: The standings of all identities together, if this is one of them by itself.
    /// - Returns: The profile with later times of membership.
    func consented(to flow: CompiledDataflow, together: [SegmentMembership]?) -> ProfileState {
        guard flow.asksConsent,
            let standing = (together ?? memberships).standing(in: flow.dataflow.id.withheld), standing.status == .exited
        else { return self }
        var shown = self
        for index in shown.memberships.indices where shown.memberships[index].status == .realized {
            shown.memberships[index].lastQualificationTime = max(
                shown.memberships[index].lastQualificationTime,
                standing.lastQualificationTime
            )
        }
        return shown
    }
}

extension SegmentMembership {
    /// Whether a dataflow was told of it, or may have been, that may not tell of anything since an instant: not of who became a
    /// member after that.
    func isTold(withheldSince since: Timestamp) -> Bool {
        since != Self.neverTold && (status == .exited || lastQualificationTime <= since)
    }

    /// The instant of a standing in the audience of those who are withheld: of a member whom the dataflow was never told of, and of
    /// one who was never withheld.
    static let neverTold = Timestamp(milliseconds: 0)

    /// A standing among those who are withheld from a dataflow.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - status: `realized` = it may not tell of the profile.
    ///   - instant: Since when, or ``neverTold``.
    init(withheldFrom dataflow: Dataflow.ID, _ status: MembershipStatus, at instant: Timestamp) {
        self.init(audience: dataflow.withheld, status: status, lastQualificationTime: instant)
    }
}

extension [SegmentMembership] {
    /// The standing in an audience; they are sorted by audience id.
    func standing(in audience: Audience.ID) -> SegmentMembership? {
        let index = sortedIndex { $0.audience.uuid < audience.uuid }
        return index < count && self[index].audience == audience ? self[index] : nil
    }

    /// Whether they say that a dataflow may not tell of whom they are of.
    func areWithheld(from dataflow: Dataflow.ID) -> Bool { standing(in: dataflow.withheld)?.status == .realized }
}
