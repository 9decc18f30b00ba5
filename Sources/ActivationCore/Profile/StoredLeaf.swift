/// What a profile keeps of its events for one leaf of the audiences' expressions.
///
/// A profile has none for a leaf that it keeps up and to which no event has anything to say (``ProfileState/leafSet``).
struct StoredLeaf: Sendable, Equatable {
    /// The leaf's ``EventLeaf/number``.
    var leaf: UInt64
    /// The encoded ``EventLeafState``; empty when only the events themselves can tell.
    var state: [UInt8]

    var isUnknown: Bool { state.isEmpty }
}

extension ProfileState {
    /// What is stored for a leaf, or nil.
    func leaf(_ number: UInt64) -> StoredLeaf? {
        let index = leaves.sortedIndex { $0.leaf < number }
        return index < leaves.count && leaves[index].leaf == number ? leaves[index] : nil
    }

    /// Enters what is stored for a leaf; nil = nothing is.
    mutating func setLeaf(_ number: UInt64, _ state: [UInt8]?) {
        let index = leaves.sortedIndex { $0.leaf < number }
        if index < leaves.count, leaves[index].leaf == number {
            if let state { leaves[index].state = state } else { leaves.remove(at: index) }
        } else if let state {
            leaves.insert(StoredLeaf(leaf: number, state: state), at: index)
        }
    }

    /// Keeps nothing of the events any more.
    mutating func forgetLeaves() {
        leaves = []
        leafSet = 0
    }
}

extension EventLeaf {
    /// Names the leaf in stored profiles: the FNV-1a hash of its key, so that no dictionary is needed.
    ///
    /// A catalog keeps no state of a leaf whose number another one has too.
    var number: UInt64 {
        var hash = FNV1a()
        hash.combine(key.utf8)
        return hash.hash
    }
}
