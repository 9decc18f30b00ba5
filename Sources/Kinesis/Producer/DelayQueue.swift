/// Keys that wait for an instant, the earliest first: a binary heap.
struct DelayQueue: Sendable {
    private struct Item {
        var time: MonotonicTime
        var key: UInt32
    }

    private var items: [Item] = []

    /// The earliest instant that some key waits for.
    var earliest: MonotonicTime? { items.first?.time }

    mutating func insert(_ key: UInt32, at time: MonotonicTime) {
        items.append(Item(time: time, key: key))
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].time < items[parent].time else { break }
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out a key whose instant has come.
    mutating func popDue(_ now: MonotonicTime) -> UInt32? {
        guard let first = items.first, first.time <= now else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return first.key }
        items[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < items.count else { break }
            let right = left + 1
            let smaller = right < items.count && items[right].time < items[left].time ? right : left
            guard items[smaller].time < items[parent].time else { break }
            items.swapAt(smaller, parent)
            parent = smaller
        }
        return first.key
    }

    mutating func removeAll() {
        items.removeAll()
    }
}
