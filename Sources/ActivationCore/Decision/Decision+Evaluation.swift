extension Decision {
    /// Background evaluation of new or changed audiences for one stored profile.
    mutating func evaluate(_ profile: Profile.ID, audiences: [Audience.ID], now: Timestamp) -> DecisionResult {
        guard let index = profileIndex[profile].map(root), !isExcluded(profiles[index].state) else { return .accepted }
        let affected = SmallIndexSet(audiences.compactMap { catalog.audienceIndex[$0] })
        var change = ProfileChange()
        var views = PolicyViews()
        evaluate(affected, of: index, change: &change, views: &views, now: now)
        guard !change.statusChanges.isEmpty else { return .accepted }
        self.change(index, at: now)
        export(index, change: change, writing: SmallIndexSet(), views: &views, now: now)
        return .accepted
    }

    /// Evaluates what the change affects, then exports what it triggers.
    mutating func finish(_ index: Int, change: ProfileChange, now: Timestamp) {
        var change = change
        guard !isExcluded(profiles[index].state) else { return }
        dropMembershipsOfDeletedAudiences(index, change: &change)
        let written = catalog.impact(of: change.writtenPaths, paths: paths)
        var views = PolicyViews()
        let affected = affectedAudiences(change, written.audiences)
        evaluate(affected, of: index, change: &change, views: &views, now: now)
        export(index, change: change, writing: written.dataflows, views: &views, now: now)
    }

    private func isExcluded(_ state: ProfileState) -> Bool {
        options.identityCap == .exclude && state.identities.count > Limits.profileIdentitiesMax
            || options.eventCap == .exclude && state.eventCount > Limits.profileEventsMax
    }

    private mutating func dropMembershipsOfDeletedAudiences(_ index: Int, change: inout ProfileChange) {
        if !catalog.knowsAll(profiles[index].state.memberships) {
            profiles[index].state.memberships.removeAll { !catalog.exists($0.audience) }
            change.hasLostMemberships = true
        }
    }

    private func affectedAudiences(_ change: ProfileChange, _ pathReaders: SmallIndexSet) -> SmallIndexSet {
        if change.isNew || change.isMerge { return catalog.all }
        var affected = pathReaders
        if change.hasNewEvent { affected.formUnion(catalog.eventReaders) }
        if change.identitiesChanged { affected.formUnion(catalog.identityReaders) }
        if change.hasLostMemberships { affected.formUnion(catalog.membershipReaders) }
        return affected
    }

    /// Evaluates audiences in their order; those that may read the standing of a flipped one join in.
    ///
    /// Who asks by `inSegment` stands later in the order. A reader of all memberships may stand before what it reads, so
    /// readers take further turns until nothing changes, at most one for each of them: enough for every chain of readers,
    /// and an end for readers that contradict each other.
    private mutating func evaluate(
        _ affected: SmallIndexSet,
        of index: Int,
        change: inout ProfileChange,
        views: inout PolicyViews,
        now: Timestamp
    ) {
        var waiting = affected
        var turns = catalog.membershipReaders.count + 1
        while !waiting.isEmpty, turns > 0 {
            turns -= 1
            evaluate(waiting: &waiting, of: index, change: &change, views: &views, now: now)
        }
    }

    private mutating func evaluate(
        waiting: inout SmallIndexSet,
        of index: Int,
        change: inout ProfileChange,
        views: inout PolicyViews,
        now: Timestamp
    ) {
        var input = EvaluationInput(attributes: AttributeView(), now: now)
        var policy: Int?
        for audience in catalog.audiences.indices where waiting.contains(audience) {
            waiting.remove(audience)
            if policy != catalog.audiences[audience].policy {
                let next = catalog.audiences[audience].policy
                input.attributes = views.view(next, of: profiles[index].state, catalog: catalog, paths: paths)
                policy = next
            }
            let program = catalog.audiences[audience].program
            // Filled in for those that ask only; memberships change under way, so they are lent and given back.
            if program.readsIdentities, input.identities.isEmpty {
                input.identities = profiles[index].state.identities.map(\.identity)
            }
            if program.readsEvents { input.events = loadedEvents(of: index) }
            if program.readsStandings { input.memberships = profiles[index].state.memberships }
            let qualifies = program.qualifies(input, paths: paths)
            if program.readsStandings { input.memberships = [] }
            guard enter(qualifies, audience: audience, of: index, change: &change, now: now) else { continue }
            waiting.formUnion(catalog.audiences[audience].dependents)
            waiting.formUnion(catalog.membershipReaders)
            // Nobody is asked again because of its own answer.
            waiting.remove(audience)
        }
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
        let standing = profiles[index].state.membership(in: id)
        guard qualifies != (standing?.status == .realized) else { return false }
        let status: MembershipStatus = qualifies ? .realized : .exited
        plan.memberDeltas[id, default: 0] += qualifies ? 1 : -1
        if let known = change.statusChanges.firstIndex(where: { $0.audience == audience }) {
            // Back to where it stood before the input: nothing has changed.
            profiles[index].state.restore(change.statusChanges.remove(at: known).before, of: id)
        } else {
            profiles[index].state.set(SegmentMembership(audience: id, status: status, lastQualificationTime: now))
            change.statusChanges.append(
                ProfileChange.StatusChange(audience: audience, status: status, before: standing)
            )
        }
        return true
    }
}
