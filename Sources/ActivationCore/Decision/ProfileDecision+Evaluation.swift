extension ProfileDecision {
    /// Forgets standings in audiences that are gone, and those that ended so long ago that nobody keeps them
    /// (BEHAVIOUR 3.13).
    mutating func dropObsoleteMemberships(_ catalog: borrowing Catalog) {
        guard catalog.hasObsolete(profile.state.memberships, at: now) else { return }
        profile.state.externals.removeAll { !catalog.exists($0.audience) }
        profile.state.memberships.removeAll { !catalog.exists($0.audience) || catalog.isObsolete($0, at: now) }
        change.hasLostMemberships = true
    }

    /// The audiences that the change may flip.
    ///
    /// - Parameters:
    ///   - pathReaders: Those that read a path which was written.
    ///   - catalog: What to decide by.
    /// - Returns: Their indices.
    func affectedAudiences(_ pathReaders: SmallIndexSet, catalog: borrowing Catalog) -> SmallIndexSet {
        if change.isNew || change.isMerge || change.concernsAllAudiences { return catalog.all }
        var affected = pathReaders
        affected.formUnion(change.eventAudiences)
        affected.formUnion(change.statedAudiences)
        if change.identitiesChanged { affected.formUnion(catalog.identityReaders) }
        if change.isReattributed { affected.formUnion(catalog.external) }
        if change.hasLostMemberships { affected.formUnion(catalog.membershipReaders) }
        return affected
    }

    /// Paths of values whose place a written member may have taken, where datasets go before each other.
    ///
    /// Such a value hid what datasets after it say below its path, and that may show now, beside what was written
    /// (BEHAVIOUR 4.4). Where the latest write wins a value hides nothing for good.
    func displacedValues(_ catalog: borrowing Catalog, paths: borrowing PathDictionary) -> [PathID] {
        guard catalog.ordersDatasets, !change.writtenPaths.isEmpty else { return [] }
        var above = Set<PathID>()
        for path in change.writtenPaths {
            var next = paths.parent(of: path)
            while next != .root, above.insert(next).inserted { next = paths.parent(of: next) }
        }
        guard !above.isEmpty else { return [] }
        let values = profile.state.entries.lazy.filter { $0.kind != .object && $0.kind != .null }.map(\.path)
        return above.intersection(values).sorted()
    }

    /// Evaluates audiences in their order; those that may read the standing of a flipped one join in.
    ///
    /// Who asks by `inSegment` stands later in the order. A reader of all memberships may stand before what it reads, so
    /// readers take further turns until nothing changes, at most one for each of them: enough for every chain of readers,
    /// and an end for readers that contradict each other.
    mutating func evaluate(
        _ affected: SmallIndexSet,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        let concerned = place == nil ? catalog.linked : catalog.unlinked
        var waiting = affected.intersection(concerned)
        var turns = catalog.membershipReaders.count + 1
        while !waiting.isEmpty, turns > 0 {
            turns -= 1
            evaluate(waiting: &waiting, among: concerned, catalog: catalog, paths: paths, plan: &plan)
        }
    }

    private mutating func evaluate(
        waiting: inout SmallIndexSet,
        among concerned: SmallIndexSet,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        var input = EvaluationInput(attributes: AttributeView(), now: now)
        input.namespaces = catalog.externalNamespaces
        var policy: Int?
        var next = waiting.first(from: 0)
        while let audience = next {
            waiting.remove(audience)
            defer { next = waiting.first(from: audience + 1) }
            if policy != catalog.audiences[audience].policy {
                let next = catalog.audiences[audience].policy
                input.attributes = views.view(next, of: profile.state, catalog: catalog, paths: paths)
                policy = next
            }
            let program = catalog.audiences[audience].program
            // Filled in for those that ask only; memberships change under way, so they are lent and given back.
            if program.readsIdentities, input.identities.isEmpty {
                input.identities = profile.state.identities.map(\.identity)
            }
            if program.readsEvents {
                input.leaves = readings(of: audience, catalog: catalog)
                input.events = program.eventReach.map { events(within: $0, catalog: catalog) } ?? []
            }
            if program.readsStandings { input.memberships = profile.state.memberships.visible }
            let id = catalog.audiences[audience].definition.id
            let isOfWithheld = catalog.audiences[audience].definition.withheldFrom != nil
            if program.isExternal { input.externals = Array(profile.state.external(id)) }
            let outcome = program.evaluate(input, paths: paths)
            if program.readsStandings { input.memberships = [] }
            setTimer(of: id, outcome.changesAt)
            let qualifies = outcome.qualifies != isOfWithheld
            guard enter(qualifies, audience: audience, id: id, plan: &plan) else { continue }
            // What counted no more will not count again.
            if program.isExternal, !qualifies, let external = program.external {
                profile.state.externals.removeAll { $0.audience == id && !external.counts($0, at: now) }
            }
            guard !isOfWithheld else { continue }
            waiting.formUnion(catalog.audiences[audience].dependents)
            waiting.formUnion(catalog.membershipReaders.intersection(concerned))
            // Nobody is asked again because of its own answer.
            waiting.remove(audience)
        }
    }

    /// Notes when the clock may change the outcome; no further than dates go.
    private mutating func setTimer(of audience: Audience.ID, _ changesAt: Timestamp?) {
        // What was already due would be due for ever.
        let due = changesAt.map { max($0, Timestamp(milliseconds: now.milliseconds + 1)) }
        if profile.state.setTimer(of: audience, due.flatMap { $0.isPlausible ? $0 : nil }) {
            change.timersChanged = true
        }
    }

    /// Enters the outcome (BEHAVIOUR 5.6).
    ///
    /// - Returns: Whether the status changed.
    private mutating func enter(_ qualifies: Bool, audience: Int, id: Audience.ID, plan: inout CommitPlan) -> Bool {
        let standing = profile.state.membership(in: id)
        guard qualifies != (standing?.status == .realized) else { return false }
        let status: MembershipStatus = qualifies ? .realized : .exited
        let known = change.statusChanges.firstIndex { $0.audience == audience }
        plan.memberCounters[id, default: MemberCounters()].enter(qualifies, takingBack: known != nil)
        if let known {
            // Back to where it stood before the input: nothing has changed.
            profile.state.restore(change.statusChanges.remove(at: known).before, of: id)
        } else {
            profile.state.set(SegmentMembership(audience: id, status: status, lastQualificationTime: now))
            // Few updates change more, so mostly it is made once.
            if change.statusChanges.isEmpty { change.statusChanges.reserveCapacity(4) }
            change.statusChanges.append(
                ProfileChange.StatusChange(audience: audience, status: status, before: standing)
            )
        }
        return true
    }
}
