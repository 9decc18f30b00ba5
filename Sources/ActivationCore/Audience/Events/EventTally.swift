/// A count or an exact sum of the events that are inside of a leaf's windows.
struct EventTally: Sendable {
    /// The instant as of which events are inside.
    var asOf: Int64
    /// Until before this instant no event enters or leaves.
    var nextChange = Int64.max
    var items: Int64 = 0
    var sum = PQLSum()

    init(asOf: Int64) {
        self.asOf = asOf
    }

    mutating func add(_ contribution: EventContribution) {
        items += contribution.items
        for value in contribution.values { sum.add(value) }
    }

    mutating func remove(_ contribution: EventContribution) {
        items -= contribution.items
        for value in contribution.values { sum.remove(value) }
    }

    func value(_ measure: EventMeasure) -> PQLValue {
        switch measure {
        case .sum: sum.total
        case .average: sum.average
        default: .integer(items)
        }
    }

    // MARK: The clock

    /// Brings the tally up to an instant; the events are in order and at least those of ``EventLeaf/ranges(of:at:)``.
    mutating func advance(to now: Int64, _ leaf: EventLeaf, _ events: [ProfileEvent]) {
        nextChange = leaf.nextPassing(of: leaf.windows.entries + leaf.windows.exits, after: now, in: events)
        var reader = EventReader(leaf)
        for event in events {
            let stay = leaf.windows.stay(of: event.timestamp.milliseconds)
            let (was, isInside) = (stay.contains(asOf), stay.contains(now))
            let change = stay.change(after: now)
            guard was != isInside || change < nextChange, let contribution = reader.contribution(of: event) else {
                continue
            }
            nextChange = min(nextChange, change)
            if was, !isInside { remove(contribution) }
            if !was, isInside { add(contribution) }
        }
        asOf = now
    }
}
