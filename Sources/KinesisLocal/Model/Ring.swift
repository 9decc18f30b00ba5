/// A queue in one growing block of memory: append at the end, take from the front, read anywhere.
struct Ring<Element> {
    private var slots: ContiguousArray<Element?> = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    var first: Element? { count == 0 ? nil : slots[head] }

    var last: Element? { count == 0 ? nil : slots[position(count - 1)] }

    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "index \(index) of \(count)")
        guard let element = slots[position(index)] else { preconditionFailure("an empty slot inside the queue") }
        return element
    }

    mutating func append(_ element: Element) {
        if count == slots.count { grow() }
        slots[position(count)] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[head]
        slots[head] = nil
        head = (head + 1) & (slots.count - 1)
        count -= 1
        return element
    }

    /// The first index whose element does not precede, given elements that are ordered by it.
    func partitionIndex(_ precedes: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if precedes(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The slot of an index; the number of slots is a power of two.
    private func position(_ index: Int) -> Int { (head + index) & (slots.count - 1) }

    private mutating func grow() {
        var larger = ContiguousArray<Element?>()
        let capacity = max(16, slots.count * 2)
        larger.reserveCapacity(capacity)
        for index in 0..<count { larger.append(slots[position(index)]) }
        larger.append(contentsOf: repeatElement(nil, count: capacity - count))
        slots = larger
        head = 0
    }
}

extension Ring: Sendable where Element: Sendable {}
