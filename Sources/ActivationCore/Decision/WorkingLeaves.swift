/// What one profile of a batch keeps of its events, unpacked as far as it was asked for.
struct WorkingLeaves: Sendable {
    /// By place in the catalog's leaves.
    private var states: [Int: EventLeafState] = [:]
    /// Whether something differs from what is stored.
    private(set) var isChanged = false

    /// The state of a leaf.
    ///
    /// A profile that has no events and keeps nothing has a state all the same: that of no events.
    mutating func state(
        at place: Int,
        of entry: CatalogLeaves.Entry,
        in profile: ProfileState,
        now: Timestamp
    ) -> EventLeafState {
        if let known = states[place] { return known }
        let state = stored(entry, in: profile) ?? (profile.eventCount == 0 ? entry.leaf.empty(at: now) : .unknown)
        states[place] = state
        return state
    }

    /// What is damaged, or of a later version, is made anew.
    private func stored(_ entry: CatalogLeaves.Entry, in profile: ProfileState) -> EventLeafState? {
        guard let number = entry.number else { return nil }
        let index = profile.leaves.sortedIndex { $0.leaf < number }
        guard index < profile.leaves.count, profile.leaves[index].leaf == number else { return nil }
        return try? EventLeafState(decoding: profile.leaves[index].state, of: entry.leaf)
    }

    /// Enters a state that differs from before.
    mutating func set(_ state: EventLeafState, at place: Int) {
        states[place] = state
        isChanged = true
    }

    /// Forgets everything: the profile's events are others now.
    mutating func reset(_ profile: inout ProfileState) {
        states = [:]
        profile.leaves = []
        isChanged = true
    }

    /// Packs what changed into the profile, and leaves out what no audience reads any more.
    mutating func store(in profile: inout ProfileState, _ leaves: CatalogLeaves) {
        // A state that nobody keeps up any more must not be there when somebody asks for it again.
        profile.leaves.removeAll { leaves.place(of: $0.leaf) == nil }
        guard isChanged else { return }
        var packed = Dictionary(profile.leaves.map { ($0.leaf, $0.state) }) { first, _ in first }
        for (place, state) in states {
            guard let number = leaves.entries[place].number else { continue }
            // What takes no events to make needs no room.
            packed[number] = profile.eventCount == 0 || state.isUnknown ? nil : state.encoded
        }
        profile.leaves = packed.map { StoredLeaf(leaf: $0, state: $1) }.sorted { $0.leaf < $1.leaf }
        // What can be made anew takes no room from what cannot.
        let bytes = ProfileValue.leafBytes(of: profile)
        if bytes > 0, bytes + ProfileValue.sizeBound(of: profile) > Limits.profileBytesMax { profile.leaves = [] }
        isChanged = false
    }
}
