extension Decision {
    /// A message: find or make its profile, link and merge, write, evaluate, export.
    mutating func decide(_ message: Message, now: Timestamp) -> DecisionResult {
        let identities = linkable(message.identities)
        let owners = owners(of: identities)
        if case .event(let id, _) = message.kind,
            owners.contains(where: { profiles[$0].events.known.contains(ByteKey(id)) })
        {
            return .duplicate
        }
        let knownPaths = paths.count
        let fragment: ProfileFragment?
        let dataset: UInt16
        do throws(MessageError) {
            (fragment, dataset) = try check(message, identities: identities, owners: owners)
        } catch {
            if !options.plantedFaults.contains(.refusedMessageLeavesPath) { paths.forget(after: knownPaths) }
            return .refused(error)
        }
        admission.sequence = admission.sequence.next()
        var change = ProfileChange()
        let index = profile(owners: owners, now: now, change: &change)
        self.change(index, at: now)
        if profiles[index].state.link(identities, at: now, sequence: admission.sequence) {
            change.identitiesChanged = true
        }
        for identity in identities where identityIndex[identity]?.profile.map(root) != index {
            identityIndex[identity, default: KnownIdentity()].profile = index
            changedIdentities.append(identity)
        }
        evictIdentities(of: index, sparing: identities, change: &change)
        if let fragment {
            change.writtenPaths = fragment.leaves.map(\.path)
            profiles[index].state.write(
                fragment,
                text: message.document.text,
                dataset: dataset,
                source: profiles[index].state.index(of: identities[0]) ?? 0,
                writtenAt: message.writtenAt.map { min($0, now) } ?? now,
                sequence: admission.sequence,
                paths: paths
            )
        }
        if case .event(let id, let timestamp) = message.kind {
            change.hasNewEvent = true
            addEvent(ProfileEvent(id: id, timestamp: timestamp, body: message.document), to: index)
        }
        evictEvents(of: index, change: &change)
        finish(index, change: change, now: now)
        return .accepted
    }

    /// Everything that can refuse a message; it comes before the first change.
    ///
    /// - Returns: The attributes the message states, and its dataset's number.
    private mutating func check(
        _ message: Message,
        identities: [Identity],
        owners: [Int]
    ) throws(MessageError) -> (ProfileFragment?, UInt16) {
        var fragment: ProfileFragment?
        if case .record = message.kind { fragment = try ProfileFragment(of: message.document, paths: &paths) }
        try checkSize(of: owners, with: fragment, identities: identities)
        guard let dataset = datasets.intern(message.dataset) else {
            throw MessageError(
                code: "DATASETS_TOO_MANY",
                pointer: "",
                keyword: "maxItems",
                message: "\(Limits.datasetsMax) datasets are registered; use one of them"
            )
        }
        return (fragment, dataset)
    }

    /// Refuses what would make a profile larger than one can be, by itself or through a merge.
    private mutating func checkSize(
        of owners: [Int],
        with fragment: ProfileFragment?,
        identities: [Identity]
    ) throws(MessageError) {
        let growth = ProfileValue.sizeBound(of: fragment, identities: identities)
        var bytes = owners.reduce(growth) { $0 + ProfileValue.sizeBound(of: profiles[$1].state) }
        if bytes > Limits.profileBytesMax {
            // Values that nobody needs any more may stand among the others; only now is it worth the time to drop them.
            for owner in owners { profiles[owner].state.dropUnusedBytes() }
            bytes = owners.reduce(growth) { $0 + ProfileValue.sizeBound(of: profiles[$1].state) }
        }
        let new = identities.count { identity in !owners.contains { profiles[$0].state.index(of: identity) != nil } }
        let members = owners.reduce(new) { $0 + profiles[$1].state.identities.count }
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

    /// The identities that make the profile: those that link, or the primary alone when it does not (SPEC 4.3).
    func linkable(_ identities: [Identity]) -> [Identity] {
        func links(_ identity: Identity) -> Bool {
            catalog.namespaces.namespace(symbol: identity.namespace)?.type.linksProfiles ?? true
        }
        if identities.count == 1 || !links(identities[0]) { return [identities[0]] }
        return identities.filter(links)
    }

    /// The profiles that have these identities, each once, the survivor of a merge first: the oldest (RULINGS 17).
    private func owners(of identities: [Identity]) -> [Int] {
        var owners: [Int] = []
        for identity in identities {
            guard let owner = identityIndex[identity]?.profile.map(root), !owners.contains(owner) else {
                continue
            }
            owners.append(owner)
        }
        if owners.count > 1 {
            owners.sort { isOlder($0, than: $1) }
        }
        return owners
    }

    private func isOlder(_ one: Int, than other: Int) -> Bool {
        let (left, right) = (profiles[one].state, profiles[other].state)
        if options.plantedFaults.contains(.tiesByID), left.createdAt == right.createdAt {
            return left.id.uuid.low.byteSwapped > right.id.uuid.low.byteSwapped
        }
        return left.isOlder(than: right)
    }

    private mutating func profile(owners: [Int], now: Timestamp, change: inout ProfileChange) -> Int {
        guard let survivor = owners.first else {
            let id = Profile.ID(admittedAt: now, sequence: admission.sequence)
            profileIndex[id] = profiles.count
            profiles.append(
                WorkingProfile(
                    state: ProfileState(id: id, createdAt: now, sequence: admission.sequence),
                    row: 0,
                    storedRevision: 0,
                    events: WorkingEvents(extent: .whole)
                )
            )
            change.isNew = true
            change.identitiesChanged = true
            return profiles.count - 1
        }
        for absorbed in owners.dropFirst() {
            merge(absorbed, into: survivor)
            change.isMerge = true
            change.identitiesChanged = true
        }
        return survivor
    }

    private mutating func evictIdentities(of index: Int, sparing named: [Identity], change: inout ProfileChange) {
        guard options.identityCap == .evict else { return }
        let evicted = profiles[index].state.evictIdentities(
            over: Limits.profileIdentitiesMax,
            sparing: named,
            namespaces: catalog.namespaces
        )
        for identity in evicted {
            identityIndex[identity]?.profile = nil
            changedIdentities.append(identity)
            change.identitiesChanged = true
        }
    }
}
