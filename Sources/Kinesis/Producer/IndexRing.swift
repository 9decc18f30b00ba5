/// A first-in, first-out queue of small numbers in one growing array.
struct IndexRing: Sendable {
    private var storage: [UInt32] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    var first: UInt32? { count == 0 ? nil : storage[head] }

    mutating func append(_ index: UInt32) {
        if count == storage.count { grow() }
        storage[(head + count) & (storage.count - 1)] = index
        count += 1
    }

    mutating func popFirst() -> UInt32? {
        guard count > 0 else { return nil }
        defer {
            head = (head + 1) & (storage.count - 1)
            count -= 1
        }
        return storage[head]
    }

    /// The indexes, first in, first.
    func forEach(_ body: (UInt32) -> Void) {
        for offset in 0..<count { body(storage[(head + offset) & (storage.count - 1)]) }
    }

    mutating func removeAll() {
        head = 0
        count = 0
    }

    /// The size stays a power of two, so that positions wrap by masking.
    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: max(16, storage.count * 2))
        for offset in 0..<count { larger[offset] = storage[(head + offset) & (storage.count - 1)] }
        storage = larger
        head = 0
    }
}
