extension Decision {
    /// Background evaluation of new or changed audiences for one stored profile.
    mutating func evaluate(_ profile: Profile.ID, audiences: [Audience.ID], now: Timestamp) -> DecisionResult {
        guard let index = profileIndex[profile].map(root) else { return .accepted }
        let affected = SmallIndexSet(audiences.compactMap { catalog.audienceIndex[$0] })
        var change = ProfileChange()
        var views = PolicyViews()
        evaluate(affected, of: index, change: &change, views: &views, now: now)
        guard !change.statusChanges.isEmpty else { return .accepted }
        profiles[index].isDirty = true
        profiles[index].state.revision += 1
        profiles[index].state.updatedAt = now
        export(index, change: change, writing: SmallIndexSet(), views: &views, now: now)
        return .accepted
    }

    /// Evaluates what the change affects, then exports what it triggers.
    mutating func finish(_ index: Int, change: ProfileChange, now: Timestamp) {
        var change = change
        guard !isExcluded(profiles[index].state) else { return }
        dropMembershipsOfDeletedAudiences(index)
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

    private mutating func dropMembershipsOfDeletedAudiences(_ index: Int) {
        if !catalog.knowsAll(profiles[index].state.memberships) {
            profiles[index].state.memberships.removeAll { catalog.audienceIndex[$0.audience] == nil }
        }
    }

    private func affectedAudiences(_ change: ProfileChange, _ pathReaders: SmallIndexSet) -> SmallIndexSet {
        if change.isNew || change.isMerge { return catalog.all }
        var affected = pathReaders
        if change.hasNewEvent { affected.formUnion(catalog.eventReaders) }
        if change.identitiesChanged { affected.formUnion(catalog.identityReaders) }
        return affected
    }

    /// Evaluates audiences in dependency order; those that ask for a flipped one join in.
    private mutating func evaluate(
        _ affected: SmallIndexSet,
        of index: Int,
        change: inout ProfileChange,
        views: inout PolicyViews,
        now: Timestamp
    ) {
        guard !affected.isEmpty else { return }
        var waiting = affected
        var input = EvaluationInput(attributes: AttributeView(), now: now)
        var policy: Int?
        for audience in catalog.evaluationOrder where waiting.contains(audience) {
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
        }
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

/// One profile's merged views during one decision: each policy's is made when first asked for.
///
/// Right as long as the profile's attributes do not change.
struct PolicyViews {
    private var views: [(policy: Int, view: AttributeView)] = []

    mutating func view(
        _ policy: Int,
        of state: borrowing ProfileState,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary
    ) -> AttributeView {
        if let known = views.first(where: { $0.policy == policy }) { return known.view }
        let view = state.view(catalog.policies[policy], paths: paths)
        views.append((policy, view))
        return view
    }
}
