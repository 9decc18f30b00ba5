extension DecisionBatch {
    /// The identities and profiles that inputs name, each once: what has to be loaded first.
    public static func requirements(of inputs: some Collection<Input>) -> (
        identities: [Identity], profiles: [Profile.ID]
    ) {
        inputs.withContiguousStorageIfAvailable { requirements(of: $0) }
            ?? Array(inputs).withUnsafeBufferPointer { requirements(of: $0) }
    }

    private static func requirements(of inputs: UnsafeBufferPointer<Input>) -> (
        identities: [Identity], profiles: [Profile.ID]
    ) {
        var identities: [Identity] = []
        identities.reserveCapacity(inputs.count)
        var named = Set<Identity>(minimumCapacity: inputs.count)
        var profiles: [Profile.ID] = []
        var wanted = Set<Profile.ID>()
        for input in inputs {
            for identity in input.cause.identities where named.insert(identity).inserted { identities.append(identity) }
            if let profile = input.cause.profile, wanted.insert(profile).inserted { profiles.append(profile) }
        }
        return (identities, profiles)
    }

    /// Takes the stored profiles that ``requirements(of:)`` asked for.
    ///
    /// - Parameters:
    ///   - stored: The profiles, each once.
    ///   - owners: For each identity the index of its profile in `stored`, or nil when nobody has it.
    ///   - identities: The identities asked for.
    /// - Throws: When a value cannot be read, or when the storage's index of identities and the profiles disagree.
    public mutating func add(
        _ stored: [StoredProfile],
        owners: [Int?],
        of identities: [Identity]
    ) throws(ProfileValueError) {
        profiles.reserveCapacity(stored.count)
        profileIndex.reserveCapacity(stored.count)
        identityIndex.reserveCapacity(stored.count)
        plan.profiles.reserveCapacity(stored.count)
        for profile in stored { try add(profile) }
        guard owners.count == identities.count else {
            throw .damaged("\(owners.count) owners were loaded for \(identities.count) identities")
        }
        for (identity, owner) in zip(identities, owners) where identityIndex[identity]?.profile != owner {
            let found = (owner ?? identityIndex[identity]?.profile).flatMap { profiles.indices.contains($0) ? $0 : nil }
            let name = found.map { "profile \(profiles[$0].state.id.uuid)" } ?? "a profile"
            throw .staleIndex("\(name) and the index of identities disagree about whom an identity belongs to")
        }
    }

    private mutating func add(_ stored: StoredProfile) throws(ProfileValueError) {
        let state = try unpack(stored)
        guard profileIndex.updateValue(profiles.count, forKey: stored.id) == nil else {
            throw .damaged("profile \(stored.id.uuid) was loaded twice")
        }
        for member in state.identities {
            let known = identityIndex.updateValue(
                KnownIdentity(profile: profiles.count, isStored: true),
                forKey: member.identity
            )
            if let other = known?.profile {
                throw .damaged("profiles \(profiles[other].state.id.uuid) and \(stored.id.uuid) have one identity both")
            }
        }
        // A number is higher than all in the facts it meets, whatever the mark says (BEHAVIOUR 4.6).
        admission.sequence = max(admission.sequence, state.latestSequence)
        latestInstant = max(latestInstant, state.updatedAt)
        profiles.append(
            WorkingProfile(
                state: state,
                row: stored.row,
                storedRevision: stored.revision,
                storedDue: stored.due,
                events: WorkingEvents(extent: state.eventCount == 0 ? .whole : .none)
            )
        )
        moveStandings(of: profiles.count - 1)
    }

    private func unpack(_ stored: StoredProfile) throws(ProfileValueError) -> ProfileState {
        do throws(ProfileValueError) {
            return try ProfileValue.decode(stored, paths: paths, datasets: datasets)
        } catch {
            var error = error
            error.message = "profile \(stored.id.uuid) cannot be read: \(error.message)"
            throw error
        }
    }

    /// Which events of the added profiles the inputs need, closed over everything that they may link to each other.
    ///
    /// May ask for more than turns out to be needed. Whether an input at an instant in between needs a stretch that nobody
    /// thought of shows only then (``missingEvents``).
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - whole: Profiles of which all events are needed.
    /// - Returns: At most one requirement per stored profile.
    public mutating func eventRequirements(
        of inputs: some Collection<Input>,
        whole: Set<Profile.ID> = []
    ) -> [EventRequirement] {
        guard profiles.contains(where: { $0.state.eventCount > 0 }), let instants = Instants(inputs) else { return [] }
        var circles = Circles(profiles: profiles.count)
        let anchors = inputs.map { circles.join($0, in: self) }
        var needs: [Int: CircleNeeds] = [:]
        for (input, anchor) in zip(inputs, anchors) {
            guard let anchor else { continue }
            needs[circles.root(anchor.node), default: CircleNeeds()].add(
                input,
                makesProfile: !anchor.isOwned,
                catalog: &catalog,
                paths: paths
            )
        }
        for node in circles.newIdentities { needs[circles.root(node)]?.identities += 1 }
        for (index, profile) in profiles.enumerated() {
            let due = catalog.indices(of: profile.state.audiences(dueBy: instants.last))
            needs[circles.root(index)]?.add(profile.state, due: due, until: instants.last, catalog: catalog)
            if endsDataset(of: profile.state, from: instants.first, until: instants.last) {
                needs[circles.root(index)]?.endsDataset = true
            }
        }
        var requirements: [EventRequirement] = []
        var asked: [Int: Set<ByteKey>] = [:]
        for index in profiles.indices where profiles[index].state.eventCount > 0 {
            let root = circles.root(index)
            guard let circle = needs[root] else { continue }
            let ids = asked[root] ?? Set(circle.ids.lazy.map { ByteKey($0) })
            asked[root] = ids
            var requirement = EventRequirement(
                row: profiles[index].row,
                extent: .none,
                ids: [],
                profile: index,
                asked: ids
            )
            if circle.splits || circle.endsDataset || whole.contains(profiles[index].state.id) {
                requirement.extent = .whole
            } else {
                addEvents(to: &requirement, for: circle, instants)
            }
            if requirement.extent == .none { requirement.ids = circle.ids }
            guard !requirement.isEmpty else { continue }
            requirements.append(requirement)
        }
        return requirements
    }

    /// The first and the last instant at which inputs are decided.
    private struct Instants {
        var first: Timestamp
        var last: Timestamp

        init?(_ inputs: some Collection<Input>) {
            guard let first = inputs.lazy.map(\.now).min(), let last = inputs.lazy.map(\.now).max() else { return nil }
            (self.first, self.last) = (first, last)
        }
    }

    private mutating func addEvents(
        to requirement: inout EventRequirement,
        for circle: CircleNeeds,
        _ instants: Instants
    ) {
        let surplus = circle.eventCount + circle.ids.count - options.eventsMax
        let evicts = surplus > 0 && options.eventCap == .evict
        // A profile that was made within the batch may be absorbed by a stored one; when identities may be evicted, one
        // can be made for an identity that has a profile now.
        let makesProfile =
            circle.makesProfile || circle.messages > 1 && circle.identities > Limits.profileIdentitiesMax
        var merges = circle.profiles > 1 || makesProfile
        if options.plantedFaults.contains(.inBatchMergeEventsNotLoaded) { merges = circle.profiles > 1 }
        let isExcluded =
            surplus > 0 && options.eventCap == .exclude && circle.profiles == 1
            && circle.eventCount > options.eventsMax
        if merges {
            if catalog.readsEvents && !isExcluded || !catalog.eventExpirations.isEmpty {
                requirement.extent = .whole
            } else if evicts || circle.profilesWithEvents > 1 {
                requirement.extent = .index
            }
            return
        }
        if evicts { requirement.oldest = surplus }
        requirement.ranges = expiringRanges(of: profiles[requirement.profile].state, until: instants.last)
        if !isExcluded { requirement.ranges += ranges(for: circle, ofProfile: requirement.profile, instants) }
        requirement.ranges = EventRange.union(requirement.ranges)
        if requirement.ranges.contains(.everything) {
            requirement.extent = .whole
            requirement.ranges = []
            requirement.oldest = 0
        }
    }

    /// The stretches of a profile's events that leaves and readers of events ask for.
    private mutating func ranges(for circle: CircleNeeds, ofProfile index: Int, _ instants: Instants) -> [EventRange] {
        let first = due(of: index).map { min($0, instants.first) } ?? instants.first
        let audiences = catalog.followers(of: circle.audiences)
        var leaves = circle.leaves
        var ranges: [EventRange] = []
        var next = audiences.first(from: 0)
        while let audience = next {
            for place in catalog.leaves.places[audience] {
                leaves.insert(place)
                // Nothing is kept of what a single identity's events say.
                guard catalog.unlinked.contains(audience) else { continue }
                let leaf = catalog.leaves.entries[place].leaf
                let own = leaf.ranges(of: .unknown, at: instants.last) + leaf.ranges(of: .unknown, at: first)
                ranges += own.map(\.withAllThatFollow)
            }
            if let reach = catalog.audiences[audience].program.eventReach {
                guard let start = reach.firstTimestamp(at: first) else { return [.everything] }
                ranges.append(EventRange(from: start, through: Timestamp(milliseconds: .max)))
            }
            next = audiences.first(from: audience + 1)
        }
        next = leaves.first(from: 0)
        while let place = next {
            let leaf = catalog.leaves.entries[place].leaf
            let profile = profiles[index].state
            let state = profiles[index].leaves.state(at: place, in: catalog.leaves, of: profile, now: first)
            ranges += leaf.ranges(of: state, at: instants.last)
            if first < instants.last { ranges += leaf.ranges(of: state, at: first) }
            if ranges.contains(.everything) { return [.everything] }
            next = leaves.first(from: place + 1)
        }
        return ranges
    }

    /// Takes what ``eventRequirements(of:)`` asked for.
    ///
    /// - Parameters:
    ///   - events: All events of the profile by (timestamp, id); nil when the extent was `none`.
    ///   - known: For each asked id whether the profile has it.
    ///   - requirement: What was asked.
    /// - Throws: When that is no answer to the requirement.
    public mutating func add(
        _ events: [ProfileEvent]?,
        known: [Bool],
        for requirement: EventRequirement
    ) throws(ProfileValueError) {
        let index = requirement.profile
        let profile = profiles[index].state.id.uuid
        guard known.count == requirement.ids.count else {
            throw .damaged("\(known.count) of \(requirement.ids.count) events of profile \(profile) were looked up")
        }
        for (id, isKnown) in zip(requirement.ids, known) where isKnown {
            profiles[index].events.note(ByteKey(id))
        }
        guard requirement.extent > .none || requirement.asksForSome else { return }
        guard let events else { throw .damaged("the events of profile \(profile) were not loaded") }
        guard events.allSatisfy(\.timestamp.isPlausible) else {
            throw .damaged("an event of profile \(profile) is of no year that has four digits")
        }
        for (event, next) in zip(events, events.dropFirst()) where !event.comesBefore(next) {
            throw .damaged("the events of profile \(profile) are not in order")
        }
        guard requirement.extent > .none else {
            profiles[index].events.load(events, in: requirement.ranges, oldest: requirement.oldest)
            return
        }
        profiles[index].events.load(
            events,
            extent: requirement.extent,
            known: events.lazy.map { ByteKey($0.id) }.filter { requirement.asked.contains($0) }
        )
        // The number only saves counting; the events themselves are what counts.
        profiles[index].state.eventCount = events.count
    }
}
