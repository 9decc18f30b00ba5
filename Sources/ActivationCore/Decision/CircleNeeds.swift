/// What the inputs of one circle of profiles and identities that they may link need to know.
struct CircleNeeds {
    var messages = 0
    /// Ids of the events that come.
    var ids: [String] = []
    /// Audiences that may be evaluated and leaves that events may matter to, merges apart.
    var audiences = SmallIndexSet()
    var leaves = SmallIndexSet()
    /// Whether an input makes a profile, or may leave identities without one.
    var makesProfile = false
    /// Whether a profile may fall apart, so that every event has to be looked at.
    var splits = false
    /// Whether a dataset ends that a profile has something of, or gets something of before, so that all is evaluated.
    var endsDataset = false
    /// Stored profiles, and those of them that have events.
    var profiles = 0
    var profilesWithEvents = 0
    var eventCount = 0
    /// Identities of the stored profiles and new ones.
    var identities = 0

    mutating func add(_ input: Input, makesProfile: Bool, catalog: inout Catalog, paths: borrowing PathDictionary) {
        self.makesProfile = self.makesProfile || makesProfile
        switch input.cause {
        case .message(let message):
            messages += 1
            // An identity that has a profile may be left out, so that the message makes one.
            if catalog.namespaces.boundsProfiles { self.makesProfile = true }
            // One identity alone links nobody to anything.
            if message.identities.count > 1 {
                audiences.formUnion(catalog.identityReaders)
                // Identities that leave take memberships along.
                audiences.formUnion(catalog.external)
                // It may be a single identity's first one.
                audiences.formUnion(catalog.unlinked.intersection(catalog.eventReaders))
            }
            add(message, catalog: &catalog, paths: paths)
        case .evaluation(_, let evaluated): audiences.formUnion(catalog.indices(ofEvaluated: evaluated))
        // What is due says the profile, not the input.
        case .clock, .backfill, .backfillEnd, .reconcile, .readmission: break
        case .unlink: splits = true
        case .removal:
            self.makesProfile = true
            audiences.formUnion(catalog.identityReaders)
            audiences.formUnion(catalog.external)
            audiences.formUnion(catalog.unlinked.intersection(catalog.eventReaders))
        case .deletion: self.makesProfile = true
        }
    }

    /// Adds who may read what a message states.
    private mutating func add(_ message: Message, catalog: inout Catalog, paths: borrowing PathDictionary) {
        if catalog.statesMemberships(message) { audiences.formUnion(catalog.external) }
        guard case .event(let id, let timestamp) = message.kind else {
            // Whoever reads events alone is not asked because of an attribute.
            if !catalog.mixedReaders.isEmpty {
                audiences.formUnion(catalog.readers(of: message.document, paths: paths))
            }
            return
        }
        ids.append(id)
        audiences.formUnion(catalog.leaves.scanners)
        let event = ProfileEvent(id: id, timestamp: timestamp, body: message.document)
        for place in catalog.leaves.candidates(for: event) {
            leaves.insert(place)
            audiences.formUnion(catalog.leaves.entries[place].readers)
        }
    }

    /// Adds a stored profile, of which some audiences are due until an instant.
    mutating func add(_ state: ProfileState, due: SmallIndexSet, until instant: Timestamp, catalog: borrowing Catalog) {
        audiences.formUnion(due)
        if !catalog.membershipReaders.isEmpty, catalog.hasObsolete(state.memberships, at: instant) {
            audiences.formUnion(catalog.membershipReaders)
        }
        profiles += 1
        profilesWithEvents += state.eventCount > 0 ? 1 : 0
        eventCount += state.eventCount
        identities += state.identities.count
    }
}
