extension ProfileDecision {
    /// What the leaves of an audience say now; what cannot be told without events that were not loaded is noted.
    mutating func readings(of audience: Int, catalog: borrowing Catalog) -> EventReadings {
        var readings = EventReadings()
        for place in catalog.leaves.places[audience] {
            let entry = catalog.leaves.entries[place]
            var state = profile.leaves.state(at: place, in: catalog.leaves, of: profile.state, now: now)
            if let reading = bring(&state, at: place, of: entry, catalog: catalog) { readings[entry.leaf] = reading }
        }
        return readings
    }

    /// Brings a leaf's state to the present instant and reads it.
    private mutating func bring(
        _ state: inout EventLeafState,
        at place: Int,
        of entry: CatalogLeaves.Entry,
        catalog: borrowing Catalog
    ) -> EventReading? {
        var turns = 0
        var told = entry.leaf.reading(of: state, at: now)
        while told == nil, turns < 3 {
            turns += 1
            guard let events = events(in: entry.leaf.ranges(of: state, at: now), catalog: catalog) else {
                noteMissingEvents()
                return nil
            }
            told = entry.leaf.update(&state, at: now, with: events)
            profile.leaves.set(state, at: place)
            change.leavesChanged = true
        }
        return told
    }

    /// Tells the leaves of an event that comes in; before it is among the profile's events.
    ///
    /// - Returns: The audiences that it may matter to.
    mutating func tellLeaves(of event: ProfileEvent, catalog: borrowing Catalog) -> SmallIndexSet {
        let now = now
        return tellLeaves(of: event, catalog: catalog) { leaf, state in leaf.add(event, to: &state, at: now) }
    }

    /// Tells the leaves of an event that goes; while it is among the profile's events.
    ///
    /// - Returns: The audiences that it may matter to.
    mutating func tellLeaves(ofRemoved event: ProfileEvent, catalog: borrowing Catalog) -> SmallIndexSet {
        let now = now
        // Of one dataset alone the oldest go first, whatever takes them.
        let isOldest = profile.state.eventAges.count == 1 || profile.events.isOldest(event)
        return tellLeaves(of: event, catalog: catalog) { leaf, state in
            leaf.remove(event, from: &state, at: now, isOldest: isOldest)
        }
    }

    /// Brings every leaf that an event may matter to up to now and tells it; what no state can tell is read again.
    private mutating func tellLeaves(
        of event: ProfileEvent,
        catalog: borrowing Catalog,
        _ tell: (EventLeaf, inout EventLeafState) -> Bool
    ) -> SmallIndexSet {
        var affected = catalog.leaves.scanners
        for place in catalog.leaves.candidates(for: event) {
            let entry = catalog.leaves.entries[place]
            var state = profile.leaves.state(at: place, in: catalog.leaves, of: profile.state, now: now)
            // Bringing it to now may show that no state can tell.
            if !state.isUnknown, bring(&state, at: place, of: entry, catalog: catalog) != nil, !state.isUnknown {
                guard tell(entry.leaf, &state) else { continue }
                profile.leaves.set(state, at: place)
            }
            affected.formUnion(entry.readers)
        }
        return affected
    }
}
