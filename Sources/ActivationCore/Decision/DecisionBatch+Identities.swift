extension DecisionBatch {
    /// Takes away the link between two identities; a profile that nothing else holds together becomes two
    /// (BEHAVIOUR 3.12).
    mutating func unlink(_ one: Identity, from other: Identity, now: Timestamp) -> IdentityChange {
        guard let index = owner(of: one), let otherIndex = owner(of: other) else { return .unknown }
        guard index == otherIndex else { return .notLinked }
        runTimers(of: index, until: now)
        let before = before(index)
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        decision.before = before
        guard let places = decision.profile.state.unlink(one, other) else {
            putBack(&decision)
            return .notLinked
        }
        guard !places.isEmpty else {
            revise(&decision)
            putBack(&decision)
            return .unlinked(IdentityChange.Part(profiles[index].state))
        }
        var part = split(off: places, of: &decision)
        revise(&decision)
        revise(&part)
        finish(&decision)
        finish(&part)
        let partIndex = part.index
        putBack(&decision)
        putBack(&part)
        return .split(
            rest: IdentityChange.Part(profiles[index].state),
            part: IdentityChange.Part(profiles[partIndex].state)
        )
    }

    /// Takes an identity out of its profile, which is deleted when it was the last one (BEHAVIOUR 3.12).
    mutating func remove(_ identity: Identity, now: Timestamp) -> IdentityChange {
        guard let index = owner(of: identity) else { return .unknown }
        guard profiles[index].state.identities.count > 1 else {
            return delete(identity, onReturn: nil, expecting: nil, now: now)
        }
        runTimers(of: index, until: now)
        let before = before(index)
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        decision.before = before
        let wasExcluded = decision.profile.isExcluded(by: options)
        let whole = catalog.unlinked.isEmpty ? nil : decision.profile.state
        let removed = decision.profile.state.remove(identity)
        decision.change.identitiesChanged = true
        decision.change.isReattributed = true
        decision.change.concernsAllAudiences = wasExcluded
        revise(&decision)
        end(removed, of: decision, before: whole)
        finish(&decision)
        orderByPolicy(decision.profile.state)
        putBack(&decision)
        return .removed(IdentityChange.Part(profiles[index].state))
    }

    /// The profile that has an identity now.
    func owner(of identity: Identity) -> Int? {
        identityIndex[identity]?.profile.map(root)
    }

    /// Makes a new profile of some identities of another, with their links, facts and events (BEHAVIOUR 3.12).
    private mutating func split(off places: [Int], of decision: inout ProfileDecision) -> ProfileDecision {
        admission.sequence = admission.sequence.next(node: options.node)
        var part = make(now: decision.now)
        part.before = before(nil)
        part.change.splitFrom = decision.profile.state.memberships
        part.profile.state = decision.profile.state.split(
            off: places,
            as: part.profile.state.id,
            at: decision.now,
            sequence: admission.sequence
        )
        for member in part.profile.state.identities { give(member.identity, to: part.index) }
        decision.change.concernsAllAudiences = true
        decision.change.identitiesChanged = true
        moveEvents(from: &decision, to: &part)
        markUndone(of: part.profile.state)
        return part
    }

    /// What disabled dataflows left undone of single identities is marked under the id that stays, so it is marked again
    /// for a part that takes such identities along.
    private mutating func markUndone(of part: ProfileState) {
        guard part.hasStandings else { return }
        for flow in catalog.dataflows where !flow.dataflow.isEnabled {
            let views = views(of: part, shownBy: flow) { group, memberships in
                catalog.isUnlinked(policy: group.policy)
                    && memberships.contains { membership in
                        catalog.audienceIndex[membership.audience].map { group.isMapped.contains($0) } ?? false
                    }
            }
            for view in views {
                let mark = ResumeMark.Key(
                    dataflow: flow.dataflow.id,
                    profile: part.id,
                    mergePolicy: catalog.policies[view.group.policy].id
                )
                plan.marks[mark, default: []].formUnion(.membership)
            }
        }
    }

    /// Gives a part of a profile the events that are about its identities (BEHAVIOUR 3.12).
    private mutating func moveEvents(from decision: inout ProfileDecision, to part: inout ProfileDecision) {
        guard decision.profile.state.eventCount > 0 else { return }
        guard let events = decision.profile.events.events(in: [.everything]) else {
            decision.noteMissingEvents()
            return
        }
        let leaving = Set(part.profile.state.identities.map(\.identity))
        let staying = Set(decision.profile.state.identities.map(\.identity))
        let moved = events.filter { event in
            let named = MessageIdentities.named(in: event.body.root, namespaces: catalog.namespaces)
            let first = named.first { leaving.contains($0) || staying.contains($0) }
            return first.map(leaving.contains) ?? false
        }
        drop(Set(moved.map { ByteKey($0.id) }), at: decision.index, of: decision.profile)
        for event in moved {
            decision.profile.events.remove(event)
            part.profile.events.add(event)
            plan.events.append(
                CommitPlan.EventWrite(
                    profile: part.profile.state.id,
                    id: event.id,
                    timestamp: event.timestamp,
                    dataset: event.dataset,
                    body: event.body.text
                )
            )
        }
        decision.profile.holdsOnly(events.count - moved.count)
        part.profile.holdsOnly(moved.count)
    }
}

extension WorkingProfile {
    /// Counts the profile's events anew: they are others now, so that nothing kept of them is true any more.
    fileprivate mutating func holdsOnly(_ count: Int) {
        state.eventCount = count
        state.eventAges = []
        for event in events.list { state.noteEvent(of: event.dataset, at: event.timestamp) }
        leaves.reset(&state)
    }
}
