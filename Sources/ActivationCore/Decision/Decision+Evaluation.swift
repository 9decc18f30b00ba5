extension Decision {
    /// Background evaluation of new or changed audiences for one stored profile.
    mutating func evaluate(_ profile: Profile.ID, audiences: [Audience.ID], now: Timestamp) -> DecisionResult {
        guard let index = profileIndex[profile].map(root) else { return .accepted }
        let affected = audiences.compactMap { catalog.audienceIndex[$0] }
        var change = ProfileChange()
        let state = profiles[index].state
        evaluate(SmallIndexSet(affected), of: index, change: &change, now: now)
        guard !change.statusChanges.isEmpty else {
            profiles[index].state = state
            return .accepted
        }
        profiles[index].isDirty = true
        profiles[index].state.revision += 1
        profiles[index].state.updatedAt = now
        export(index, change: change, now: now)
        return .accepted
    }

    /// Evaluates what the change affects, then exports what it triggers.
    mutating func finish(_ index: Int, change: ProfileChange, now: Timestamp) {
        var change = change
        guard !isExcluded(profiles[index].state) else { return }
        dropMembershipsOfDeletedAudiences(index)
        evaluate(affectedAudiences(change), of: index, change: &change, now: now)
        export(index, change: change, now: now)
    }

    private func isExcluded(_ state: ProfileState) -> Bool {
        options.identityCap == .exclude && state.identities.count > Limits.profileIdentitiesMax
            || options.eventCap == .exclude && state.eventCount > Limits.profileEventsMax
    }

    private mutating func dropMembershipsOfDeletedAudiences(_ index: Int) {
        if profiles[index].state.memberships.contains(where: { catalog.audienceIndex[$0.audience] == nil }) {
            profiles[index].state.memberships.removeAll { catalog.audienceIndex[$0.audience] == nil }
        }
    }

    private mutating func affectedAudiences(_ change: ProfileChange) -> SmallIndexSet {
        if change.isNew || change.isMerge { return catalog.all }
        var affected = SmallIndexSet()
        for path in change.writtenPaths {
            affected.formUnion(catalog.impact(of: path, paths: paths).audiences)
        }
        if change.hasNewEvent { affected.formUnion(catalog.eventReaders) }
        if change.identitiesChanged { affected.formUnion(catalog.identityReaders) }
        return affected
    }

    /// Evaluates audiences in dependency order; those that ask for a flipped one join in.
    private mutating func evaluate(
        _ affected: SmallIndexSet,
        of index: Int,
        change: inout ProfileChange,
        now: Timestamp
    ) {
        guard !affected.isEmpty else { return }
        var waiting = affected
        var inputs = [EvaluationInput?](repeating: nil, count: catalog.policies.count)
        for audience in catalog.evaluationOrder where waiting.contains(audience) {
            let policy = catalog.audiences[audience].policy
            var input = inputs[policy] ?? evaluationInput(of: index, policy: policy, now: now)
            inputs[policy] = nil
            if !change.statusChanges.isEmpty { input.memberships = profiles[index].state.memberships }
            if catalog.audiences[audience].program.readsEvents { input.events = loadedEvents(of: index) }
            let qualifies = catalog.audiences[audience].program.qualifies(input, paths: paths)
            inputs[policy] = input
            guard enter(qualifies, audience: audience, of: index, change: &change, now: now) else { continue }
            waiting.formUnion(catalog.audiences[audience].dependents)
            waiting.formUnion(catalog.membershipReaders)
        }
    }

    private func evaluationInput(of index: Int, policy: Int, now: Timestamp) -> EvaluationInput {
        let state = profiles[index].state
        return EvaluationInput(
            attributes: state.view(catalog.policies[policy], paths: paths),
            identities: state.identities.map(\.identity),
            memberships: state.memberships,
            events: [],
            now: now
        )
    }

    private func loadedEvents(of index: Int) -> [ProfileEvent] {
        guard let events = profiles[index].events else {
            precondition(
                profiles[index].state.eventCount == 0,
                "an audience reads events of a profile whose events were not loaded"
            )
            return []
        }
        return events
    }

    /// Enters the outcome (SPEC 5.6).
    ///
    /// - Returns: Whether the status changed.
    private mutating func enter(
        _ qualifies: Bool,
        audience: Int,
        of index: Int,
        change: inout ProfileChange,
        now: Timestamp
    ) -> Bool {
        let id = catalog.audiences[audience].definition.id
        let isMember = profiles[index].state.membership(in: id)?.status == .realized
        guard qualifies != isMember else { return false }
        let status: MembershipStatus = qualifies ? .realized : .exited
        profiles[index].state.set(SegmentMembership(audience: id, status: status, lastQualificationTime: now))
        plan.memberDeltas[id, default: 0] += qualifies ? 1 : -1
        change.statusChanges.append(ProfileChange.StatusChange(audience: audience, status: status))
        return true
    }
}
