/// The leaves that the audiences of a catalog have, by number: those that profiles keep up while it decides.
public struct LeafSet: Sendable, Hashable {
    /// Names the set in stored profiles: the FNV-1a hash of its leaves, never 0.
    public let number: UInt64
    /// The leaves' numbers, sorted.
    public let leaves: [UInt64]

    /// Creates the set of some leaves.
    public init(_ leaves: some Sequence<UInt64>) {
        self.leaves = leaves.sorted()
        var hash = FNV1a()
        for leaf in self.leaves { hash.combine(Int64(bitPattern: leaf)) }
        number = max(hash.hash, 1)
    }

    /// Whether a leaf is among them.
    func contains(_ leaf: UInt64) -> Bool {
        let index = leaves.sortedIndex { $0 < leaf }
        return index < leaves.count && leaves[index] == leaf
    }
}

extension Catalog {
    /// The leaves of its audiences.
    public var leafSet: LeafSet { leaves.set }

    /// Takes in the sets of earlier catalogs, so that what profiles kept up by them counts.
    public mutating func recall(_ sets: [LeafSet]) {
        leaves.earlier = Dictionary(sets.map { ($0.number, $0) }) { first, _ in first }
    }
}
