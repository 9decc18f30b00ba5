/// The events that stay longest inside of a leaf's windows: as many as decide whether there are enough.
struct EventNewest: Sendable {
    struct Entry: Sendable {
        var timestamp: Int64
        var items: Int64
    }

    var arrivals: EventArrivals
    /// Who leaves last comes first.
    var entries: [Entry] = []
    /// Events that were left out leave before or at this instant.
    var leftOutUntil = Int64.min

    init(asOf: Int64) {
        arrivals = EventArrivals(asOf: asOf)
    }

    /// Takes in an event that is inside.
    mutating func insert(_ contribution: EventContribution, at timestamp: Int64, _ needed: Int64, _ leaf: EventLeaf) {
        let exit = leaf.windows.stay(of: timestamp).exit
        entries.insert(
            Entry(timestamp: timestamp, items: contribution.items),
            at: entries.firstIndex { leaf.windows.stay(of: $0.timestamp).exit <= exit } ?? entries.count
        )
        // The last ones are not needed once those before them suffice.
        var surplus = entries.reduce(0) { $0 + $1.items } - needed
        while let last = entries.last, surplus >= last.items {
            entries.removeLast()
            surplus -= last.items
            leftOutUntil = max(leftOutUntil, leaf.windows.stay(of: last.timestamp).exit)
        }
    }

    /// Takes out an event that is inside.
    ///
    /// - Returns: False when one that was left out may be needed now.
    mutating func remove(
        _ contribution: EventContribution,
        at timestamp: Int64,
        now: Int64,
        _ needed: Int64
    ) -> Bool {
        let index = entries.firstIndex { $0.timestamp == timestamp && $0.items == contribution.items }
        guard let index else { return true }
        entries.remove(at: index)
        return leftOutUntil <= now || entries.reduce(0) { $0 + $1.items } >= needed
    }

    /// Forgets who has left.
    mutating func prune(at now: Int64, _ leaf: EventLeaf) {
        while let last = entries.last, leaf.windows.stay(of: last.timestamp).exit <= now { entries.removeLast() }
    }

    /// Whether there are enough, and until when that stands.
    func reading(at now: Int64, _ needed: Int64, _ leaf: EventLeaf) -> EventReading {
        var items: Int64 = 0
        for entry in entries {
            let exit = leaf.windows.stay(of: entry.timestamp).exit
            guard exit > now else { break }
            items += entry.items
            if items >= needed { return EventReading(.boolean(true), changesAt: exit) }
        }
        return EventReading(.boolean(false), changesAt: arrivals.nextEntry)
    }
}

/// Which events have entered a leaf's windows, for states that know by themselves who leaves.
struct EventArrivals: Sendable {
    /// Events that entered up to this instant were taken in.
    var asOf: Int64
    /// Until before this instant no event enters.
    var nextEntry = Int64.max

    /// Gives the events that enter up to an instant and are still inside then.
    mutating func advance(
        to now: Int64,
        _ leaf: EventLeaf,
        _ events: [ProfileEvent],
        _ take: (EventContribution, Int64) -> Void
    ) {
        nextEntry = leaf.nextPassing(of: leaf.windows.entries, after: now, in: events)
        var reader = EventReader(leaf)
        for event in events {
            let timestamp = event.timestamp.milliseconds
            let stay = leaf.windows.stay(of: timestamp)
            let enters = stay.entry > asOf && stay.contains(now)
            let entry = stay.entry(after: now)
            guard enters || entry < nextEntry, let contribution = reader.contribution(of: event) else { continue }
            nextEntry = min(nextEntry, entry)
            if enters { take(contribution, timestamp) }
        }
        asOf = now
    }
}
