extension DecisionBatch {
    /// Deletes the profile that has an identity: value, identities, events, waiting records and dead letters
    /// (BEHAVIOUR 3.11).
    ///
    /// Dataflows that ask for it get a last record.
    ///
    /// - Parameters:
    ///   - identity: One of the profile's identities.
    ///   - onReturn: What happens when one of them comes again; nil = what the operator has decided.
    ///   - expected: The profile that is meant; when another one has the identity, and did not absorb it in this batch,
    ///     nothing changes. nil = whichever has it.
    ///   - now: When that is.
    /// - Returns: What was deleted.
    mutating func delete(
        _ identity: Identity,
        onReturn: DecisionOptions.ReturnRule?,
        expecting expected: Profile.ID?,
        now: Timestamp
    ) -> IdentityChange {
        guard let index = owner(of: identity), expected.map({ place(of: $0) == index }) ?? true else { return .unknown }
        runTimers(of: index, until: now)
        dropPlanned(of: index)
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        revise(&decision)
        let part = IdentityChange.Part(decision.profile.state)
        countOut(decision.profile.state.memberships)
        let isRefused = onReturn ?? options.erasedReturn == .refuse
        decision.exportDeletion(catalog: catalog, paths: paths, plan: &plan)
        for (place, member) in decision.profile.state.identities.enumerated() {
            give(member.identity, to: nil)
            if isRefused { suppress(member.identity, of: decision.profile.state) }
            countOut(member.memberships)
            guard !catalog.unlinked.isEmpty else { continue }
            var view = decision.view(ofIdentityAt: place)
            view.exportDeletion(catalog: catalog, paths: paths, plan: &plan)
        }
        orderByPolicy(decision.profile.state)
        decision.profile.isDeleted = true
        decision.profile.events = WorkingEvents(extent: .none)
        putBack(&decision)
        return .deleted(part)
    }

    /// Takes the records, marks and events of a profile out of the plan, as the storage does with those that are stored.
    private mutating func dropPlanned(of index: Int) {
        let ids = Set(profileIndex.filter { root($0.value) == index }.map(\.key))
        for row in plan.outbox where ids.contains(row.profile) {
            let dropped = DataflowCounters(suppressedDeleted: 1)
            plan.counters[row.dataflow, default: DataflowCounters()] += dropped
            plan.audienceBooks[row.dataflow, default: AudienceBooks()].enter(dropped, of: row.audiences)
        }
        plan.outbox.removeAll { ids.contains($0.profile) }
        plan.events.removeAll { ids.contains($0.profile) }
        plan.marks = plan.marks.filter { !ids.contains($0.key.profile) }
    }

    /// What becomes of a profile, or of one that it absorbed, when it is deleted; nil when it is not.
    func deletion(of index: Int) -> CommitPlan.ProfileDeletion? {
        let last = root(index)
        guard profiles[last].isDeleted else { return nil }
        return CommitPlan.ProfileDeletion(
            profile: StoredProfile(
                row: profiles[index].row,
                id: profiles[index].state.id,
                revision: profiles[index].storedRevision,
                value: []
            ),
            survivor: profiles[last].state.id,
            deletedAt: profiles[last].state.updatedAt
        )
    }
}
