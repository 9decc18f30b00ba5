extension DecisionBatch {
    /// Lets a stored profile's standings follow the merge policies that their audiences have now.
    mutating func moveStandings(of index: Int) {
        guard catalog.hasStandingsAlone || profiles[index].state.hasStandings,
            let deltas = profiles[index].state.moveStandings(catalog)
        else { return }
        profiles[index].isDirty = true
        for (audience, members) in deltas {
            plan.memberCounters[audience, default: MemberCounters()].change(by: members)
        }
    }

    /// Evaluates what an input affects for a single identity's view, and notes where the identity stands now.
    mutating func evaluate(_ view: inout ProfileDecision, _ affected: SmallIndexSet, of decision: inout ProfileDecision)
    {
        view.dropObsoleteMemberships(catalog)
        var affected = affected
        if view.change.hasLostMemberships { affected.formUnion(catalog.membershipReaders) }
        view.evaluate(affected, catalog: catalog, paths: paths, plan: &plan)
        decision.take(view)
    }

    /// The same audiences for every identity of a profile by itself, if any of them is evaluated so.
    func everyPlace(_ audiences: SmallIndexSet, of decision: borrowing ProfileDecision) -> [Int: SmallIndexSet] {
        guard audiences.intersects(catalog.unlinked) else { return [:] }
        let places = decision.profile.state.identities.indices
        return Dictionary(places.map { ($0, audiences) }) { first, _ in first }
    }

    /// Evaluates audiences with no new data for single identities by themselves, by the identities' places.
    ///
    /// - Returns: The views of those for which any was evaluated.
    mutating func evaluateViews(
        of decision: inout ProfileDecision,
        _ audiences: [Int: SmallIndexSet]
    ) -> [ProfileDecision] {
        guard !catalog.unlinked.isEmpty else { return [] }
        var views: [ProfileDecision] = []
        let owners = EventOwners()
        for place in decision.profile.state.identities.indices {
            var affected = audiences[place] ?? SmallIndexSet()
            if decision.change.placesWithoutEvents.contains(place) { affected.formUnion(catalog.eventReaders) }
            guard affected.intersects(catalog.unlinked) else { continue }
            var view = decision.view(ofIdentityAt: place, sharing: owners)
            evaluate(&view, affected, of: &decision)
            views.append(view)
        }
        return views
    }

    /// Exports a profile and the views of its identities, in the order of the policies' ids (BEHAVIOUR 3.16).
    mutating func export(
        _ decision: inout ProfileDecision,
        _ views: [ProfileDecision],
        writing written: SmallIndexSet = SmallIndexSet()
    ) {
        var views = views
        decideConsent(of: &decision, &views, writing: written)
        decision.export(writing: written, catalog: catalog, paths: paths, plan: &plan)
        defer { decision.noteTold(to: decision.told) }
        guard !views.isEmpty else { return }
        for var view in views {
            view.profile.state.revision = decision.profile.state.revision
            let written = view.change.writtenPaths.isEmpty ? SmallIndexSet() : written
            view.export(writing: written, catalog: catalog, paths: paths, plan: &plan)
            decision.told.formUnion(view.told)
        }
        orderByPolicy(decision.profile.state)
    }

    /// Brings the records of a profile's present revision, the last that were made, into the order of the policies' ids
    /// (BEHAVIOUR 3.16).
    mutating func orderByPolicy(_ state: borrowing ProfileState) {
        let (id, revision) = (state.id, state.revision)
        let first = (plan.outbox.lastIndex { $0.profile != id || $0.revision != revision } ?? -1) + 1
        let rows = plan.outbox[first...].enumerated().sorted {
            ($0.element.mergePolicy.uuid, $0.offset) < ($1.element.mergePolicy.uuid, $1.offset)
        }
        plan.outbox.replaceSubrange(first..., with: rows.map(\.element))
    }

    /// Takes identities that left a profile out of the graph; dataflows that ask for it get the last record of their views.
    ///
    /// - Parameters:
    ///   - members: The identities.
    ///   - decision: The profile without them.
    ///   - before: The profile with them, where a policy links nobody.
    mutating func end(_ members: [ProfileState.Member], of decision: ProfileDecision, before: ProfileState?) {
        for (offset, member) in members.enumerated() {
            give(member.identity, to: nil)
            countOut(member.memberships)
            guard let before, let place = before.index(of: member.identity) else { continue }
            var last = before.view(ofIdentityAt: place)
            last.revision = decision.profile.state.revision
            var view = ProfileDecision(
                WorkingProfile(state: last, events: WorkingEvents(extent: .none)),
                at: decision.index,
                now: decision.now
            )
            // Nobody else stands there in this revision.
            view.place = decision.profile.state.identities.count + offset
            view.together = decision.profile.state.memberships
            view.exportDeletion(sparingWithheld: true, catalog: catalog, paths: paths, plan: &plan)
        }
    }

    /// Counts members who are gone.
    mutating func countOut(_ memberships: [SegmentMembership]) {
        for membership in memberships where membership.status == .realized {
            plan.memberCounters[membership.audience, default: MemberCounters()].exited += 1
        }
    }
}
