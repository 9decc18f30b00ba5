/// What a profile keeps of its events for one leaf of the audiences' expressions.
struct StoredLeaf: Sendable, Equatable {
    /// The leaf's ``EventLeaf/number``.
    var leaf: UInt64
    /// The encoded ``EventLeafState``.
    var state: [UInt8]
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
