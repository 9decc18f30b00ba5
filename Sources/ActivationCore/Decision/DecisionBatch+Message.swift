extension DecisionBatch {
    /// A message: find or make its profile, link and merge, write, evaluate, export.
    mutating func decide(_ message: Message, now: Timestamp) -> DecisionResult {
        let identities: [Identity]
        let leftOut: [String]
        do throws(MessageError) {
            try refuseSuppressed(message.identities)
            (identities, leftOut) = try permitted(linkable(message.identities))
        } catch {
            return .refused(error)
        }
        let (owners, newcomers) = owners(of: identities)
        if !options.plantedFaults.contains(.messageBeforeTimers) {
            for owner in owners { runTimers(of: owner, until: now) }
        }
        if case .event(let id, _) = message.kind,
            owners.contains(where: { profiles[$0].events.known.contains(ByteKey(id)) })
        {
            return .duplicate
        }
        let knownPaths = paths.count
        let checked: CheckedMessage
        do throws(MessageError) {
            checked = try check(message, identities: identities, owners: owners, newcomers: newcomers, now: now)
        } catch {
            if !options.plantedFaults.contains(.refusedMessageLeavesPath) { paths.forget(after: knownPaths) }
            return .refused(error)
        }
        // That nobody knows somebody is no reason to make a profile of them.
        if owners.isEmpty, case .membership(let statements) = message.kind, !statements.contains(where: \.isMember) {
            return .accepted
        }
        admission.sequence = admission.sequence.next(node: options.node)
        let before = before(owners.first, source: identities[0], writing: checked.fragment)
        var decision = begin(owners, now: now)
        decision.before = before
        revise(&decision)
        decision.link(identities, sequence: admission.sequence)
        if newcomers > 0 || owners.count > 1 {
            for identity in identities where owner(of: identity) != decision.index {
                give(identity, to: decision.index)
            }
        }
        let whole = catalog.unlinked.isEmpty ? nil : decision.profile.state
        let evicted = decision.evictIdentities(
            sparing: identities,
            namespaces: catalog.namespaces,
            options: options
        )
        end(evicted, of: decision, before: whole)
        decision.noteEventsOfNewIdentities(catalog)
        if let fragment = checked.fragment {
            decision.write(
                fragment,
                of: message,
                dataset: checked.dataset,
                source: identities[0],
                sequence: admission.sequence,
                paths: paths
            )
        }
        decision.state(checked.statements, source: identities[0], sequence: admission.sequence, catalog)
        if case .event(let id, let timestamp) = message.kind {
            let event = ProfileEvent(id: id, timestamp: timestamp, dataset: checked.dataset, body: message.document)
            decision.noteOwner(of: event, catalog)
            decision.add(event, catalog: catalog, plan: &plan)
        }
        evictEvents(of: &decision)
        finish(&decision)
        if !evicted.isEmpty { orderByPolicy(decision.profile.state) }
        putBack(&decision)
        tellOverdueExits(to: decision.change.overdueTurns, at: decision.index, now: now)
        let omissions = Omissions(namespaces: leftOut, audiences: checked.unknownAudiences)
        return omissions.isEmpty ? .accepted : .acceptedWithout(omissions)
    }

    /// Evaluates what the change affects, then exports what it triggers.
    mutating func finish(_ decision: inout ProfileDecision) {
        guard !decision.profile.isExcluded(by: options) else {
            // Nobody evaluates it, so nobody keeps this up.
            decision.profile.leaves.reset(&decision.profile.state)
            return
        }
        decision.dropObsoleteMemberships(catalog)
        var written = catalog.impact(of: decision.change.writtenPaths, paths: paths)
        let displaced = catalog.impact(of: decision.displacedValues(catalog, paths: paths), paths: paths)
        var readers = written.audiences
        readers.formUnion(displaced.audiences)
        // What went may have let others show, and those may hide what is beside it.
        if decision.change.endsDataset { written.dataflows.formUnion(displaced.dataflows) }
        let affected = decision.affectedAudiences(readers, catalog: catalog)
        decision.evaluate(affected, catalog: catalog, paths: paths, plan: &plan)
        var views = decision.concernedViews(catalog)
        for index in views.indices {
            let readers = views[index].change.writtenPaths.isEmpty ? SmallIndexSet() : readers
            evaluate(&views[index], views[index].affectedAudiences(readers, catalog: catalog), of: &decision)
        }
        export(&decision, views, writing: written.dataflows)
    }

    /// Everything that can refuse a message; it comes before the first change.
    ///
    /// - Returns: What it states.
    private mutating func check(
        _ message: Message,
        identities: [Identity],
        owners: [Int],
        newcomers: Int,
        now: Timestamp
    ) throws(MessageError) -> CheckedMessage {
        guard !catalog.datasetEnds.hasEnded(message.dataset, at: now) else {
            throw MessageError(
                code: "DATASET_EXPIRED",
                pointer: "",
                keyword: "const",
                message: "the dataset ended on its expiration date and takes nothing any more; name another one"
            )
        }
        if case .event(_, let timestamp) = message.kind,
            let last = catalog.eventExpirations.lastGone(of: message.dataset, at: now), timestamp <= last
        {
            throw MessageError(
                code: "EVENT_EXPIRED",
                pointer: "/timestamp",
                keyword: "minimum",
                message: "the event is older than its dataset keeps events; nothing was stored"
            )
        }
        var checked = CheckedMessage()
        (checked.statements, checked.unknownAudiences) = try catalog.statements(of: message, at: now)
        if case .record = message.kind {
            checked.fragment = try ProfileFragment(of: message.document, paths: &paths, order: &pathOrder)
        }
        try checkSize(of: owners, with: checked, identities: identities, newcomers: newcomers)
        if case .membership = message.kind { return checked }
        let known = datasets.count
        guard let dataset = datasets.intern(message.dataset) else {
            throw MessageError(
                code: "DATASETS_TOO_MANY",
                pointer: "",
                keyword: "maxItems",
                message: "\(Limits.datasetsMax) datasets are registered; use one of them"
            )
        }
        if datasets.count > known { catalog.know(datasets) }
        checked.dataset = dataset
        return checked
    }

    /// Refuses what would make a profile larger than one can be, by itself or through a merge.
    private mutating func checkSize(
        of owners: [Int],
        with checked: CheckedMessage,
        identities: [Identity],
        newcomers: Int
    ) throws(MessageError) {
        let growth = ProfileValue.sizeBound(
            of: checked.fragment,
            statements: checked.statements,
            identities: identities
        )
        let members = owners.reduce(newcomers) { $0 + profiles[$1].state.identities.count }
        let overhead = checked.statements.isEmpty ? 0 : ProfileValue.externalOverhead(identities: members)
        var bytes = growth + overhead
        for owner in owners { bytes += profiles[owner].sizeBound }
        if bytes > Limits.profileBytesMax {
            // Values that nobody needs any more may stand among the others; only now is it worth the time to drop them.
            bytes = growth + overhead
            for owner in owners {
                profiles[owner].state.dropUnusedBytes()
                bytes += profiles[owner].sizeBound
            }
        }
        guard bytes > Limits.profileBytesMax || members > ProfileValue.identitiesMax else { return }
        throw MessageError(
            code: "PROFILE_TOO_LARGE",
            pointer: "",
            keyword: "maxLength",
            message: "the profile\(owners.count > 1 ? " that the message makes of \(owners.count)" : "") would have "
                + "\(bytes) bytes and \(members) identities; at most \(Limits.profileBytesMax) and "
                + "\(ProfileValue.identitiesMax) are accepted"
        )
    }

    /// The identities that make the profile: those that link, or the primary alone when it does not (BEHAVIOUR 4.3).
    func linkable(_ identities: [Identity]) -> [Identity] {
        func links(_ identity: Identity) -> Bool {
            catalog.namespaces.namespace(symbol: identity.namespace)?.type.linksProfiles ?? true
        }
        if identities.count == 1 { return identities }
        if !links(identities[0]) { return [identities[0]] }
        return identities.filter(links)
    }

    /// The profiles that have these identities, each once, the survivor of a merge first: the oldest (BEHAVIOUR 3.12); and
    /// how many of the identities nobody has.
    private func owners(of identities: [Identity]) -> (owners: [Int], newcomers: Int) {
        var owners: [Int] = []
        var newcomers = 0
        for identity in identities {
            guard let owner = owner(of: identity) else {
                newcomers += 1
                continue
            }
            if !owners.contains(owner) { owners.append(owner) }
        }
        if owners.count > 1 { owners.sort { isOlder($0, than: $1) } }
        return (owners, newcomers)
    }

    private func isOlder(_ one: Int, than other: Int) -> Bool {
        let (left, right) = (profiles[one].state, profiles[other].state)
        if options.plantedFaults.contains(.tiesByID), left.createdAt == right.createdAt {
            return left.id.uuid.low.byteSwapped > right.id.uuid.low.byteSwapped
        }
        return left.isOlder(than: right)
    }

    /// Takes out the profile that a message is about: a new one, or the oldest owner with the others merged into it.
    private mutating func begin(_ owners: [Int], now: Timestamp) -> ProfileDecision {
        guard let survivor = owners.first else { return make(now: now) }
        var decision = ProfileDecision(takeOut(survivor), at: survivor, now: now)
        for absorbed in owners.dropFirst() { merge(absorbed, into: &decision) }
        return decision
    }

    mutating func make(now: Timestamp) -> ProfileDecision {
        let id = Profile.ID(admittedAt: now, sequence: admission.sequence)
        let index = profiles.count
        profileIndex[id] = index
        profiles.append(.takenOut)
        let profile = WorkingProfile(
            state: ProfileState(id: id, createdAt: now, sequence: admission.sequence),
            events: WorkingEvents(extent: .whole)
        )
        var decision = ProfileDecision(profile, at: index, now: now)
        decision.change.isNew = true
        decision.change.identitiesChanged = true
        return decision
    }

    /// Makes two profiles one: everything goes to the survivor, of an event that both have its own stays
    /// (BEHAVIOUR 3.12).
    private mutating func merge(_ absorbed: Int, into survivor: inout ProfileDecision) {
        settleBeforeMerge(of: absorbed, and: survivor.index)
        var other = takeOut(absorbed)
        passTurns(of: other, to: &survivor)
        let duplicates = survivor.sharedEvents(with: &other)
        drop(duplicates, at: absorbed, of: other)
        survivor.absorb(other, without: duplicates, plan: &plan)
        for member in other.state.identities { give(member.identity, to: survivor.index) }
        other.absorbedBy = survivor.index
        other.events = WorkingEvents(extent: .none)
        profiles[absorbed] = other
    }

    /// Enters whom an identity belongs to now; nil = nobody.
    mutating func give(_ identity: Identity, to profile: Int?) {
        identityIndex[identity, default: KnownIdentity()].profile = profile
        changedIdentities.append(identity)
    }

    /// Lets the oldest events over the cap go.
    private mutating func evictEvents(of decision: inout ProfileDecision) {
        let surplus = decision.surplusEvents(options)
        guard surplus > 0 else { return }
        let leaving = Array(decision.profile.events.list.prefix(surplus))
        drop(Set(leaving.map { ByteKey($0.id) }), at: decision.index, of: decision.profile)
        decision.removeEvents(leaving, catalog: catalog)
    }

    /// Takes events out of the plan, or out of the storage if they stand there.
    ///
    /// - Parameters:
    ///   - ids: The events.
    ///   - index: Where the profile stands in the batch.
    ///   - profile: The profile that has them.
    mutating func drop(_ ids: Set<ByteKey>, at index: Int, of profile: WorkingProfile) {
        guard !ids.isEmpty else { return }
        let planned = ids.intersection(profile.events.planned)
        if !planned.isEmpty {
            plan.events = plan.events.filter { event in
                !planned.contains(ByteKey(event.id)) || profileIndex[event.profile].map(root) != index
            }
        }
        for id in ids.subtracting(planned).sorted() {
            let holder = profile.events.holder(of: id, owner: profile.state.id)
            plan.evictions.append(CommitPlan.EventEviction(profile: holder, id: id.string))
        }
    }
}
