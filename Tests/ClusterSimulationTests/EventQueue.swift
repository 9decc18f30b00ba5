/// Events by their time, and those of one time in the order in which they came: a binary heap.
struct EventQueue<Event> {
    private var entries: [(time: Int64, number: Int, event: Event)] = []
    private var count = 0

    /// Adds an event.
    mutating func add(_ event: Event, at time: Int64) {
        count += 1
        entries.append((time, count, event))
        var child = entries.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the first event out.
    mutating func removeFirst() -> (time: Int64, event: Event)? {
        guard let last = entries.popLast() else { return nil }
        guard let first = entries.first else { return (last.time, last.event) }
        entries[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && isBefore(child, smallest) {
                smallest = child
            }
            if smallest == parent { return (first.time, first.event) }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        (entries[one].time, entries[one].number) < (entries[other].time, entries[other].number)
    }
}
