extension ProfileDecision {
    /// Gives the profile an event that came in.
    mutating func add(_ event: ProfileEvent, plan: inout CommitPlan) {
        plan.events.append(
            CommitPlan.EventWrite(
                profile: profile.state.id,
                id: event.id,
                timestamp: event.timestamp,
                body: event.body.text
            )
        )
        profile.state.eventCount += 1
        profile.events.add(event)
        change.hasNewEvent = true
    }

    /// How many events over the cap have to go (BEHAVIOUR 4.5).
    mutating func surplusEvents(_ options: DecisionOptions) -> Int {
        let surplus = profile.state.eventCount - Limits.profileEventsMax
        guard surplus > 0, options.eventCap == .evict else { return 0 }
        guard profile.events.extent > .none else {
            gap = "the events of profile \(profile.state.id.uuid), which has too many"
            return 0
        }
        return surplus
    }

    /// Lets the oldest events, which have these ids, go.
    mutating func removeOldestEvents(_ ids: Set<ByteKey>) {
        profile.events.removeOldest(ids)
        profile.state.eventCount -= ids.count
        change.hasNewEvent = true
    }

    /// All events, for audiences that read them.
    mutating func loadedEvents() -> [ProfileEvent] {
        if profile.events.extent < .whole {
            gap = "the events of profile \(profile.state.id.uuid), which an audience reads"
        }
        return profile.events.list
    }

    /// Ids of events that another profile, about to be absorbed, has too.
    mutating func sharedEvents(with other: inout WorkingProfile) -> Set<ByteKey> {
        if other.state.eventCount == 0 || profile.state.eventCount == 0 { return [] }
        if other.events.extent == .none, profile.events.extent == .none {
            // Both may have events from before only when both were loaded.
            let isStored =
                other.events.planned.count < other.state.eventCount
                && profile.events.planned.count < profile.state.eventCount
            if isStored {
                gap = "the events of profiles \(other.state.id.uuid) and \(profile.state.id.uuid), which become one"
            }
        }
        return profile.events.shared(with: &other.events, owners: (profile.state.id, other.state.id))
    }
}
