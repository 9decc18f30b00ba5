extension Decision {
    /// Makes two profiles one: everything goes to the survivor, of an event that both have its own stays (RULINGS 17).
    mutating func merge(_ absorbed: Int, into survivor: Int) {
        let duplicates = duplicates(of: absorbed, in: survivor)
        drop(duplicates, of: absorbed, as: profiles[absorbed].events)
        let other = profiles[absorbed]
        for membership in other.state.memberships where membership.status == .realized {
            // Two members become one; the audience's count follows.
            if profiles[survivor].state.membership(in: membership.audience)?.status == .realized {
                plan.memberDeltas[membership.audience, default: 0] -= 1
            }
        }
        profiles[survivor].state.absorb(other.state)
        profiles[survivor].state.eventCount -= duplicates.count
        profiles[survivor].events.absorb(
            other.events,
            owners: (profiles[survivor].state.id, other.state.id),
            without: duplicates
        )
        for member in other.state.identities {
            identityIndex[member.identity, default: KnownIdentity()].profile = survivor
            changedIdentities.append(member.identity)
        }
        profiles[absorbed].absorbedBy = survivor
        profiles[absorbed].events = WorkingEvents(extent: .none)
    }

    /// Ids of events that both profiles have.
    private mutating func duplicates(of absorbed: Int, in survivor: Int) -> Set<ByteKey> {
        let (one, other) = (profiles[absorbed].state, profiles[survivor].state)
        if one.eventCount == 0 || other.eventCount == 0 { return [] }
        if profiles[absorbed].events.extent == .none, profiles[survivor].events.extent == .none {
            // Both may have events from before only when both were loaded.
            let isStored =
                profiles[absorbed].events.planned.count < one.eventCount
                && profiles[survivor].events.planned.count < other.eventCount
            if isStored { gap = "the events of profiles \(one.id.uuid) and \(other.id.uuid), which become one" }
        }
        var events = profiles[absorbed].events
        defer { profiles[absorbed].events = events }
        return profiles[survivor].events.shared(with: &events, owners: (other.id, one.id))
    }
}
