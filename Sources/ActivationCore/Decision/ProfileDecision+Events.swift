extension ProfileDecision {
    /// Gives the profile an event that came in.
    mutating func add(_ event: ProfileEvent, catalog: borrowing Catalog, plan: inout CommitPlan) {
        if profile.state.eventCount == 0 { profile.leaves.begin(&profile.state, catalog.leaves) }
        change.eventAudiences.formUnion(tellLeaves(of: event, catalog: catalog))
        change.eventDataset = event.dataset
        plan.events.append(
            CommitPlan.EventWrite(
                profile: profile.state.id,
                id: event.id,
                timestamp: event.timestamp,
                dataset: event.dataset,
                body: event.body.text
            )
        )
        profile.state.eventCount += 1
        profile.state.noteEvent(of: event.dataset, at: event.timestamp)
        profile.events.add(event)
    }

    /// How many events over the cap have to go (BEHAVIOUR 4.5).
    mutating func surplusEvents(_ options: DecisionOptions) -> Int {
        let surplus = profile.state.eventCount - options.eventsMax
        guard surplus > 0, options.eventCap == .evict else { return 0 }
        guard profile.events.knowsOldest(surplus) else {
            gap = "the events of profile \(profile.state.id.uuid), which has too many"
            return 0
        }
        return surplus
    }

    /// Lets events go, the oldest of them first.
    mutating func removeEvents(_ leaving: some Collection<ProfileEvent>, catalog: borrowing Catalog) {
        for event in leaving {
            change.eventAudiences.formUnion(tellLeaves(ofRemoved: event, catalog: catalog))
            profile.events.remove(event)
        }
        profile.state.eventCount -= leaving.count
        guard catalog.unlinked.intersects(catalog.eventReaders) else { return }
        for event in leaving {
            guard let owner = event.owner(among: profile.state.identities, catalog.namespaces),
                let place = profile.state.index(of: owner)
            else { continue }
            change.placesWithoutEvents.insert(place)
        }
    }

    /// The events that an audience may read itself, and perhaps more.
    mutating func events(within reach: EventReach, catalog: borrowing Catalog) -> [ProfileEvent] {
        let range = reach.firstTimestamp(at: now).map {
            EventRange(from: $0, through: Timestamp(milliseconds: .max))
        }
        guard let events = events(in: [range ?? .everything], catalog: catalog) else {
            noteMissingEvents()
            return []
        }
        return events
    }

    /// Notes that events are needed which were not loaded; of profiles that become one all must have been.
    mutating func noteMissingEvents() {
        if profile.events.areOfMerged {
            gap = "the events of profile \(profile.state.id.uuid), which an audience reads"
        } else {
            isMissingEvents = true
        }
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
