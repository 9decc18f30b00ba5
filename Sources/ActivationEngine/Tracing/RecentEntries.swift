/// A dictionary that holds no more than so many entries: the ones that were entered first go.
struct RecentEntries<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        /// Which insertion it is of.
        var number: UInt64
    }

    private let most: Int
    private var entries: [Key: Entry] = [:]
    /// Keys as they were entered, those removed since among them; begins at ``first``.
    private var order: [(key: Key, number: UInt64)] = []
    private var first = 0
    private var lastNumber: UInt64 = 0

    /// Creates a dictionary for so many entries.
    init(most: Int) {
        precondition(most > 0)
        self.most = most
    }

    var count: Int { entries.count }

    /// What is remembered of entries and of those that were removed.
    var orderCount: Int { order.count }

    /// The values, in no order.
    var values: some Sequence<Value> { entries.values.lazy.map(\.value) }

    /// The value of a key.
    ///
    /// A new value of a key that has one stands where the old one did; nil removes it.
    subscript(key: Key) -> Value? {
        get { entries[key]?.value }
        set {
            guard let newValue else {
                entries[key] = nil
                return tidy()
            }
            if let known = entries[key] {
                entries[key] = Entry(value: newValue, number: known.number)
                return
            }
            lastNumber += 1
            entries[key] = Entry(value: newValue, number: lastNumber)
            order.append((key, lastNumber))
            while entries.count > most { removeOldest() }
            tidy()
        }
    }

    private mutating func removeOldest() {
        let (key, number) = order[first]
        first += 1
        if entries[key]?.number == number { entries[key] = nil }
    }

    /// Keeps what is remembered of removed entries within what there may be of others.
    private mutating func tidy() {
        if entries.isEmpty {
            order.removeAll(keepingCapacity: false)
            first = 0
        } else if order.count > 2 * most {
            order = order[first...].filter { entries[$0.key]?.number == $0.number }
            first = 0
        }
    }
}
