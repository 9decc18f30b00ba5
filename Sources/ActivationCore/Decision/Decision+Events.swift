extension Decision {
    /// Gives a profile an event that came in.
    mutating func addEvent(_ event: ProfileEvent, to index: Int) {
        plan.events.append(
            CommitPlan.EventWrite(
                profile: profiles[index].state.id,
                id: event.id,
                timestamp: event.timestamp,
                body: event.body.text
            )
        )
        profiles[index].state.eventCount += 1
        profiles[index].events.add(event)
    }

    /// Lets the oldest events over the cap go (SPEC 4.5).
    mutating func evictEvents(of index: Int, change: inout ProfileChange) {
        let surplus = profiles[index].state.eventCount - Limits.profileEventsMax
        guard surplus > 0, options.eventCap == .evict else { return }
        guard profiles[index].events.extent > .none else {
            gap = "the events of profile \(profiles[index].state.id.uuid), which has too many"
            return
        }
        let events = profiles[index].events
        drop(profiles[index].events.removeOldest(surplus), of: index, as: events)
        profiles[index].state.eventCount -= surplus
        change.hasNewEvent = true
    }

    /// Takes events out of the plan, or out of the storage if they stand there.
    ///
    /// - Parameters:
    ///   - ids: The events.
    ///   - index: The profile.
    ///   - events: What was known of its events when it had them.
    mutating func drop(_ ids: Set<ByteKey>, of index: Int, as events: WorkingEvents) {
        guard !ids.isEmpty else { return }
        let planned = ids.intersection(events.planned)
        if !planned.isEmpty {
            plan.events = plan.events.filter { event in
                !planned.contains(ByteKey(event.id)) || profileIndex[event.profile].map(root) != index
            }
        }
        let owner = profiles[index].state.id
        for id in ids.subtracting(planned).sorted() {
            plan.evictions.append(CommitPlan.EventEviction(profile: events.holder(of: id, owner: owner), id: id.string))
        }
    }

    /// All events of a profile, for audiences that read them.
    mutating func loadedEvents(of index: Int) -> [ProfileEvent] {
        if profiles[index].events.extent < .whole {
            gap = "the events of profile \(profiles[index].state.id.uuid), which an audience reads"
        }
        return profiles[index].events.list
    }
}
