import ActivationCore

/// Profiles by the first row they wait with, smallest first: a binary heap.
struct ReadyQueue {
    private var entries: [(row: Int64, profile: Profile.ID)] = []

    /// The smallest row.
    var first: Int64? { entries.first?.row }

    /// Adds an entry; one profile may be in several times.
    mutating func insert(_ row: Int64, _ profile: Profile.ID) {
        entries.append((row, profile))
        var child = entries.count - 1
        while child > 0, entries[child].row < entries[(child - 1) / 2].row {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the entry with the smallest row out.
    mutating func removeFirst() -> (row: Int64, profile: Profile.ID)? {
        guard let last = entries.popLast() else { return nil }
        guard let first = entries.first else { return last }
        entries[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].row < entries[smallest].row { smallest = child }
            }
            if smallest == parent { return first }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
