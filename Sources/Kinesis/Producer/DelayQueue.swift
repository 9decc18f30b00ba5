/// What waits for an instant, the earliest first: a binary heap.
struct DelayQueue<Element: Sendable>: Sendable {
    private struct Item {
        var time: MonotonicTime
        var element: Element
    }

    private var items: [Item] = []

    var isEmpty: Bool { items.isEmpty }

    /// The earliest instant that something waits for.
    var earliest: MonotonicTime? { items.first?.time }

    mutating func insert(_ element: Element, at time: MonotonicTime) {
        items.append(Item(time: time, element: element))
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].time < items[parent].time else { break }
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out what has waited long enough.
    mutating func popDue(_ now: MonotonicTime) -> Element? {
        guard let first = items.first, first.time <= now else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return first.element }
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
        return first.element
    }

    mutating func removeAll() {
        items.removeAll()
    }
}
