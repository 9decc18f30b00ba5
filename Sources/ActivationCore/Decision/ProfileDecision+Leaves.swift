extension ProfileDecision {
    /// What the leaves of an audience say now; what cannot be told without events that were not loaded is noted.
    mutating func readings(of audience: Int, catalog: borrowing Catalog) -> EventReadings {
        var readings = EventReadings()
        for place in catalog.leaves.places[audience] {
            let entry = catalog.leaves.entries[place]
            var state = profile.leaves.state(at: place, of: entry, in: profile.state, now: now)
            if let reading = bring(&state, at: place, of: entry) { readings[entry.leaf] = reading }
        }
        return readings
    }

    /// Brings a leaf's state to the present instant and reads it.
    private mutating func bring(
        _ state: inout EventLeafState,
        at place: Int,
        of entry: CatalogLeaves.Entry
    ) -> EventReading? {
        var turns = 0
        var told = entry.leaf.reading(of: state, at: now)
        while told == nil, turns < 3 {
            turns += 1
            guard let events = profile.events.events(in: entry.leaf.ranges(of: state, at: now)) else {
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
        var affected = catalog.leaves.scanners
        for place in catalog.leaves.candidates(for: event) {
            let entry = catalog.leaves.entries[place]
            var state = profile.leaves.state(at: place, of: entry, in: profile.state, now: now)
            if state.isUnknown {
                affected.formUnion(entry.readers)
                continue
            }
            // It may turn out that no state can tell.
            guard bring(&state, at: place, of: entry) != nil, !state.isUnknown else {
                affected.formUnion(entry.readers)
                continue
            }
            guard entry.leaf.add(event, to: &state, at: now) else { continue }
            profile.leaves.set(state, at: place)
            affected.formUnion(entry.readers)
        }
        return affected
    }

    /// Tells the leaves of the oldest event, which goes.
    mutating func tellLeaves(ofRemoved event: ProfileEvent, catalog: borrowing Catalog) -> SmallIndexSet {
        var affected = catalog.leaves.scanners
        for place in catalog.leaves.candidates(for: event) {
            let entry = catalog.leaves.entries[place]
            var state = profile.leaves.state(at: place, of: entry, in: profile.state, now: now)
            if state.isUnknown {
                affected.formUnion(entry.readers)
                continue
            }
            // It may turn out that no state can tell.
            guard bring(&state, at: place, of: entry) != nil, !state.isUnknown else {
                affected.formUnion(entry.readers)
                continue
            }
            guard entry.leaf.remove(event, from: &state, at: now, isOldest: true) else { continue }
            profile.leaves.set(state, at: place)
            affected.formUnion(entry.readers)
        }
        return affected
    }
}
