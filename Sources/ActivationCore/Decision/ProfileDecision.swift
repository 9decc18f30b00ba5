/// One profile while an input is decided for it: taken out of the batch, worked on, and put back.
struct ProfileDecision: Sendable {
    /// Where the profile stands in the batch.
    let index: Int
    /// When the input was admitted.
    let now: Timestamp
    var profile: WorkingProfile
    /// What the input did so far.
    var change = ProfileChange()
    /// Whether the profile's next revision has begun.
    private(set) var isRevised = false
    /// What was needed and had not been loaded.
    var gap: String?
    /// Whether stretches of the profile's events were needed that had not been loaded.
    var isMissingEvents = false
    /// Right as long as the attributes do not change, so first used after they did.
    var views = PolicyViews()
    /// What the profile was before the input, as far as a dataflow asks.
    var before = ProfileBefore()
    /// Where the identity stands whose view alone this is; nil = all identities together.
    var place: Int?
    /// Whose the profile's events are, if this is a single identity's view.
    var owners: EventOwners?
    /// All identities of the profile of which this is a single one's view; else empty.
    var siblings: [ProfileState.Member] = []
    /// How those stand together, since consent is one person's; nil when this is no view of a single one.
    var together: [SegmentMembership]?
    /// Whoever is part of the profile now, as they stood before the input; empty while no dataflow asks for consent.
    var former: [FormerStanding] = []
    /// The dataflows that the profile may be withheld from now, or told of again.
    var withConsentChanged = SmallIndexSet()
    /// Dataflows that ask for consent and are told of the profile by the input.
    var told: Set<Dataflow.ID> = []

    init(_ profile: consuming WorkingProfile, at index: Int, now: Timestamp) {
        self.index = index
        self.now = now
        self.profile = profile
    }

    /// Begins the profile's next revision.
    mutating func revise(_ catalog: borrowing Catalog) {
        reviseUnchanged(catalog)
        profile.state.updatedAt = now
    }

    /// Begins the profile's next revision, with nothing in it that is another.
    mutating func reviseUnchanged(_ catalog: borrowing Catalog) {
        profile.isDirty = true
        profile.state.revision = catalog.revision(after: profile.state.revision)
        isRevised = true
    }

    /// Links the identities that a message named together.
    mutating func link(_ identities: [Identity], sequence: AdmissionSequence) {
        let known = profile.state.identities.count
        guard profile.state.link(identities, at: now, sequence: sequence) else { return }
        change.identitiesChanged = true
        change.newIdentities = profile.state.identities[known...].map(\.identity)
    }

    /// Lets identities over the cap go.
    ///
    /// - Returns: Those that went.
    mutating func evictIdentities(
        sparing named: [Identity],
        namespaces: NamespaceDirectory,
        options: DecisionOptions
    ) -> [ProfileState.Member] {
        guard options.identityCap == .evict else { return [] }
        let evicted = profile.state.evictIdentities(
            over: Limits.profileIdentitiesMax,
            sparing: named,
            namespaces: namespaces
        )
        if !evicted.isEmpty { (change.identitiesChanged, change.isReattributed) = (true, true) }
        return evicted
    }

    /// Enters the attributes that a message states on behalf of its first identity.
    mutating func write(
        _ fragment: ProfileFragment,
        of message: Message,
        dataset: UInt16,
        source: Identity,
        sequence: AdmissionSequence,
        paths: borrowing PathDictionary
    ) {
        change.writtenPaths = fragment.leaves.map(\.path)
        change.writtenDataset = dataset
        change.writtenPlace = profile.state.index(of: source) ?? 0
        profile.state.write(
            fragment,
            text: message.document.text,
            dataset: dataset,
            source: change.writtenPlace,
            writtenAt: message.writtenAt.map { min($0, now) } ?? now,
            sequence: sequence,
            paths: paths
        )
    }

    /// Takes over everything of another profile, apart from events that both have (BEHAVIOUR 3.12).
    ///
    /// - Parameters:
    ///   - other: The profile that goes.
    ///   - duplicates: Ids of the events that both have.
    ///   - plan: Told about audiences that lose a member, as two become one.
    mutating func absorb(_ other: WorkingProfile, without duplicates: Set<ByteKey>, plan: inout CommitPlan) {
        for membership in other.state.memberships where membership.status == .realized {
            if profile.state.membership(in: membership.audience)?.status == .realized {
                plan.memberCounters[membership.audience, default: MemberCounters()].exited += 1
            }
        }
        if change.united.isEmpty { change.united.append(FormerStanding(profile.state)) }
        change.united.append(FormerStanding(other.state))
        profile.state.absorb(other.state)
        profile.leaves.reset(&profile.state)
        profile.state.eventCount -= duplicates.count
        profile.events.absorb(other.events, owners: (profile.state.id, other.state.id), without: duplicates)
        change.isMerge = true
        change.identitiesChanged = true
    }
}
