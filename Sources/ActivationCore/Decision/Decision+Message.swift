extension Decision {
    /// A message: find or make its profile, link and merge, write, evaluate, export.
    mutating func decide(_ message: Message, newProfile: Profile.ID, now: Timestamp) -> DecisionResult {
        let identities = linkable(message.identities)
        let owners = owners(of: identities)
        if case .event(let id, _) = message.kind, owners.contains(where: { profiles[$0].knownEvents.contains(id) }) {
            return .duplicate
        }
        // Everything that can refuse the message comes before the first change.
        var fragment: ProfileFragment?
        if case .record = message.kind {
            do throws(MessageError) {
                fragment = try ProfileFragment(of: message.document, paths: &paths)
            } catch {
                return .refused(error)
            }
        }
        guard let dataset = datasets.intern(message.dataset) else {
            return .refused(
                MessageError(
                    code: "DATASETS_TOO_MANY",
                    pointer: "",
                    keyword: "maxItems",
                    message: "\(Limits.datasetsMax) datasets are registered; use one of them"
                )
            )
        }
        var change = ProfileChange()
        let index = profile(for: identities, owners: owners, newProfile: newProfile, now: now, change: &change)
        profiles[index].isDirty = true
        profiles[index].state.revision += 1
        profiles[index].state.updatedAt = now
        if profiles[index].state.link(identities, at: now) { change.identitiesChanged = true }
        for identity in identities where identityIndex[identity]?.profile.map(root) != index {
            identityIndex[identity, default: KnownIdentity()].profile = index
            changedIdentities.append(identity)
        }
        evictIdentities(of: index, change: &change)
        if let fragment {
            change.writtenPaths = fragment.leaves.map(\.path)
            profiles[index].state.write(
                fragment,
                text: message.document.text,
                dataset: dataset,
                source: profiles[index].state.index(of: identities[0]) ?? 0,
                writtenAt: message.writtenAt.map { min($0, now) } ?? now,
                revision: profiles[index].state.revision,
                paths: paths
            )
        }
        if case .event(let id, let timestamp) = message.kind {
            change.hasNewEvent = true
            addEvent(id, timestamp, message.document, to: index)
        }
        evictEvents(of: index, change: &change)
        finish(index, change: change, now: now)
        return .accepted
    }

    /// The identities that make the profile: those that link, or the primary alone when it does not (SPEC 4.3).
    private func linkable(_ identities: [Identity]) -> [Identity] {
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
            owners.sort {
                let (left, right) = (profiles[$0].state, profiles[$1].state)
                return (left.createdAt, left.id.uuid) < (right.createdAt, right.id.uuid)
            }
        }
        return owners
    }

    private mutating func profile(
        for identities: [Identity],
        owners: [Int],
        newProfile: Profile.ID,
        now: Timestamp,
        change: inout ProfileChange
    ) -> Int {
        guard let survivor = owners.first else {
            profileIndex[newProfile] = profiles.count
            profiles.append(
                WorkingProfile(
                    state: ProfileState(id: newProfile, createdAt: now),
                    row: 0,
                    storedRevision: 0,
                    events: []
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

    private mutating func merge(_ absorbed: Int, into survivor: Int) {
        let other = profiles[absorbed]
        for membership in other.state.memberships where membership.status == .realized {
            // Two members become one; the audience's count follows.
            if profiles[survivor].state.membership(in: membership.audience)?.status == .realized {
                plan.memberDeltas[membership.audience, default: 0] -= 1
            }
        }
        let known = Set((profiles[survivor].events ?? []).map(\.id))
        profiles[survivor].state.absorb(other.state)
        if let events = profiles[survivor].events, let others = other.events {
            // From here on either profile's identities may ask for either profile's events.
            profiles[survivor].knownEvents.formUnion(known)
            profiles[survivor].knownEvents.formUnion(others.map(\.id))
            let moved = others.filter { !known.contains($0.id) }
            profiles[survivor].state.eventCount -= others.count - moved.count
            profiles[survivor].events = (events + moved).sorted { ($0.timestamp, $0.id) < ($1.timestamp, $1.id) }
        } else {
            profiles[survivor].events = nil
        }
        profiles[survivor].knownEvents.formUnion(other.knownEvents)
        for member in other.state.identities {
            identityIndex[member.identity, default: KnownIdentity()].profile = survivor
            changedIdentities.append(member.identity)
        }
        rekeyPlan(from: other.state.id, to: profiles[survivor].state.id, known: known)
        profiles[absorbed].absorbedBy = survivor
    }

    /// Rows and events of this very batch follow the absorbed profile too; the storage moves the stored ones.
    ///
    /// Of an event that both have the survivor's stays.
    private mutating func rekeyPlan(from absorbed: Profile.ID, to survivor: Profile.ID, known: Set<String>) {
        for index in plan.outbox.indices where plan.outbox[index].profile == absorbed {
            plan.outbox[index].profile = survivor
        }
        plan.events.removeAll { $0.profile == absorbed && known.contains($0.id) }
        for index in plan.events.indices where plan.events[index].profile == absorbed {
            plan.events[index].profile = survivor
        }
        for index in plan.evictions.indices where plan.evictions[index].profile == absorbed {
            plan.evictions[index].profile = survivor
        }
    }

    private mutating func evictIdentities(of index: Int, change: inout ProfileChange) {
        guard options.identityCap == .evict else { return }
        for identity in profiles[index].state.evictIdentities(over: Limits.profileIdentitiesMax) {
            identityIndex[identity]?.profile = nil
            changedIdentities.append(identity)
            change.identitiesChanged = true
        }
    }

    private mutating func addEvent(_ id: String, _ timestamp: Timestamp, _ document: JSONDocument, to index: Int) {
        plan.events.append(
            CommitPlan.EventWrite(
                profile: profiles[index].state.id,
                id: id,
                timestamp: timestamp,
                body: document.text
            )
        )
        profiles[index].state.eventCount += 1
        profiles[index].knownEvents.insert(id)
        if let events = profiles[index].events {
            // Events mostly come in order, so the place is near the end.
            let place = (events.lastIndex { ($0.timestamp, $0.id) < (timestamp, id) } ?? -1) + 1
            profiles[index].events?.insert(ProfileEvent(id: id, timestamp: timestamp, body: document), at: place)
        }
    }

    private mutating func evictEvents(of index: Int, change: inout ProfileChange) {
        let surplus = profiles[index].state.eventCount - Limits.profileEventsMax
        guard surplus > 0, options.eventCap == .evict else { return }
        profiles[index].state.eventCount -= surplus
        if let events = profiles[index].events {
            profiles[index].knownEvents.subtract(events.prefix(surplus).map(\.id))
            profiles[index].events?.removeFirst(min(surplus, events.count))
        }
        change.hasNewEvent = true
        plan.evictions.append(CommitPlan.EventEviction(profile: profiles[index].state.id, count: surplus))
    }
}
