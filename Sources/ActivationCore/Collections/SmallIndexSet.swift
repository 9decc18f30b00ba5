/// A set of small indices; the first 64 need no heap memory.
struct SmallIndexSet: Sendable, Equatable {
    private var first: UInt64 = 0
    private var rest: [UInt64] = []

    init() {}

    init(_ indices: some Sequence<Int>) {
        for index in indices { insert(index) }
    }

    var isEmpty: Bool { first == 0 && rest.allSatisfy { $0 == 0 } }

    func contains(_ index: Int) -> Bool {
        if index < 64 { return first & (1 << UInt64(index)) != 0 }
        let word = index / 64 - 1
        return word < rest.count && rest[word] & (1 << UInt64(index % 64)) != 0
    }

    mutating func insert(_ index: Int) {
        if index < 64 {
            first |= 1 << UInt64(index)
            return
        }
        let word = index / 64 - 1
        while rest.count <= word { rest.append(0) }
        rest[word] |= 1 << UInt64(index % 64)
    }

    mutating func remove(_ index: Int) {
        if index < 64 {
            first &= ~(1 << UInt64(index))
            return
        }
        let word = index / 64 - 1
        if word < rest.count { rest[word] &= ~(1 << UInt64(index % 64)) }
    }

    /// The lowest index that is not below another; nil when there is none.
    func first(from index: Int) -> Int? {
        var word = index / 64
        // Bits below the index do not count.
        var mask = ~UInt64(0) << UInt64(index % 64)
        while word <= rest.count {
            let bits = (word == 0 ? first : rest[word - 1]) & mask
            if bits != 0 { return word * 64 + bits.trailingZeroBitCount }
            mask = ~0
            word += 1
        }
        return nil
    }

    /// How many indices there are.
    var count: Int { rest.reduce(first.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

    mutating func formUnion(_ other: SmallIndexSet) {
        first |= other.first
        while rest.count < other.rest.count { rest.append(0) }
        for word in other.rest.indices { rest[word] |= other.rest[word] }
    }

    /// What is in both.
    func intersection(_ other: SmallIndexSet) -> SmallIndexSet {
        var both = SmallIndexSet()
        both.first = first & other.first
        both.rest = zip(rest, other.rest).map { $0 & $1 }
        return both
    }

    /// Whether an index is in both.
    func intersects(_ other: SmallIndexSet) -> Bool {
        first & other.first != 0 || zip(rest, other.rest).contains { $0 & $1 != 0 }
    }
}
