/// What one profile of a batch keeps of its events, unpacked as far as it was asked for.
struct WorkingLeaves: Sendable {
    /// By place in the catalog's leaves.
    private var states: [Int: EventLeafState] = [:]
    /// The places of the states that differ from what is stored.
    private var changed: Set<Int> = []

    /// The state of a leaf.
    mutating func state(
        at place: Int,
        in leaves: CatalogLeaves,
        of profile: ProfileState,
        now: Timestamp
    ) -> EventLeafState {
        // A profile that has no events keeps nothing, and has a state all the same.
        if profile.eventCount == 0 { return leaves.entries[place].leaf.empty(at: now) }
        if let known = states[place] { return known }
        let state = stored(leaves.entries[place], leaves, in: profile, now: now)
        states[place] = state
        return state
    }

    /// What is damaged, or of a later version, is made anew.
    private func stored(
        _ entry: CatalogLeaves.Entry,
        _ leaves: CatalogLeaves,
        in profile: ProfileState,
        now: Timestamp
    ) -> EventLeafState {
        guard let number = entry.number else { return .unknown }
        guard let stored = profile.leaf(number) else {
            return leaves.isKept(number, by: profile.leafSet) ? entry.leaf.empty(at: now) : .unknown
        }
        return stored.isUnknown ? .unknown : (try? EventLeafState(decoding: stored.state, of: entry.leaf)) ?? .unknown
    }

    /// Enters a state that differs from before.
    mutating func set(_ state: EventLeafState, at place: Int) {
        states[place] = state
        changed.insert(place)
    }

    /// Forgets everything: the profile's events are others now.
    mutating func reset(_ profile: inout ProfileState) {
        states = [:]
        changed = []
        profile.forgetLeaves()
    }

    /// Begins to keep up all leaves of a profile without events, which is about to get its first one.
    mutating func begin(_ profile: inout ProfileState, _ leaves: CatalogLeaves) {
        reset(&profile)
        profile.leafSet = leaves.set.number
    }

    /// Packs what changed into the profile, and leaves out what no audience reads any more.
    mutating func store(in profile: inout ProfileState, _ leaves: CatalogLeaves) {
        // What takes no events to make needs no room.
        guard profile.eventCount > 0 else { return reset(&profile) }
        let isAnythingKnown = !changed.isEmpty || !profile.leaves.isEmpty || leaves.isKnown(profile.leafSet)
        guard isAnythingKnown else { return profile.forgetLeaves() }
        if profile.leafSet != leaves.set.number { adopt(leaves, in: &profile) }
        for place in changed {
            guard let number = leaves.entries[place].number, let state = states[place] else { continue }
            profile.setLeaf(number, state.isBlank ? nil : state.isUnknown ? [] : state.encoded)
        }
        changed = []
        let isNothingKnown = profile.leaves.count == leaves.set.leaves.count && profile.leaves.allSatisfy(\.isUnknown)
        // What can be made anew takes no room from what cannot.
        let bytes = ProfileValue.leafBytes(of: profile)
        let isTooLarge = bytes > 0 && bytes + ProfileValue.sizeBound(of: profile) > Limits.profileBytesMax
        if isNothingKnown || isTooLarge { profile.forgetLeaves() }
    }

    /// Lets a profile keep the leaves of the present catalog, each as far as it kept it before.
    ///
    /// A state that nobody keeps up any more must not be there when somebody asks for it again.
    private func adopt(_ leaves: CatalogLeaves, in profile: inout ProfileState) {
        let kept = profile.leafSet
        profile.leaves = leaves.set.leaves.compactMap { number in
            if let stored = profile.leaf(number) { return stored }
            return leaves.isKept(number, by: kept) ? nil : StoredLeaf(leaf: number, state: [])
        }
        profile.leafSet = leaves.set.number
    }
}
