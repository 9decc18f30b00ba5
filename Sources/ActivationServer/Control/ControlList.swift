import ActivationCore

/// The objects of one kind: found by their ids, listed by when they were made.
///
/// The list is kept, so that reading it costs nothing however many there are.
struct ControlList: Sendable {
    private var byID: [ByteKey: ControlEntry] = [:]
    /// By (createdAt, id).
    private(set) var all: [ControlEntry] = []

    init() {}

    /// Takes objects in any order; of those with one id the last.
    init(_ entries: [ControlEntry]) {
        byID = Dictionary(entries.map { (ByteKey($0.id), $0) }) { _, last in last }
        all = byID.values.sorted(by: ControlList.precedes)
    }

    /// An object, or nil.
    subscript(id: String) -> ControlEntry? { byID[ByteKey(id)] }

    /// Adds an object, or puts it in the place of the one with its id.
    ///
    /// - Parameter entry: The object.
    /// - Returns: The one that it takes the place of; nil = there was none.
    mutating func put(_ entry: ControlEntry) -> ControlEntry? {
        let former = remove(entry.id)
        byID[ByteKey(entry.id)] = entry
        all.insert(entry, at: place(of: entry))
        return former
    }

    /// Takes an object away.
    ///
    /// - Parameter id: Its id.
    /// - Returns: The object; nil = there was none.
    mutating func remove(_ id: String) -> ControlEntry? {
        guard let former = byID.removeValue(forKey: ByteKey(id)) else { return nil }
        all.remove(at: place(of: former))
        return former
    }

    /// The order of the list.
    static func precedes(_ left: ControlEntry, _ right: ControlEntry) -> Bool {
        left.createdAt == right.createdAt ? left.id.comesBefore(right.id) : left.createdAt < right.createdAt
    }

    /// Where an object stands, or would stand.
    private func place(of entry: ControlEntry) -> Int {
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if ControlList.precedes(all[middle], entry) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
