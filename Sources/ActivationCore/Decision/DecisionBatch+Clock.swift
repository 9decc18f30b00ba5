extension DecisionBatch {
    /// Instants that one input of the clock decides for a profile; the profile is then due again, so that messages go
    /// between.
    static let clockInstantsMax = 64

    /// Does to a profile what the clock did to it until an instant, each change at its own instant (BEHAVIOUR 3.1).
    ///
    /// - Parameters:
    ///   - index: The profile.
    ///   - now: The instant.
    ///   - limit: So many instants at most.
    mutating func runTimers(of index: Int, until now: Timestamp, limit: Int = .max) {
        var left = limit
        while left > 0 {
            let due = due(of: index)
            if let end = nextEnd(for: profiles[index].state, until: min(now, due ?? now)) {
                left -= 1
                guard endDataset(end, for: index) else { return }
                continue
            }
            guard let due, due <= now else { break }
            left -= 1
            // How long events stay may have been set after the profile last changed, and before it is asked.
            let own = max(due, profiles[index].state.updatedAt)
            let instant = options.plantedFaults.contains(.timersAtTheirNotice) ? now : own
            let wasExcluded = profiles[index].isExcluded(by: options)
            var decision = ProfileDecision(takeOut(index), at: index, now: instant)
            decision.profile.isDirty = true
            let isComplete = expireEvents(of: &decision)
            if isComplete, !decision.profile.isExcluded(by: options) {
                let timers = decision.profile.state.takeTimers(dueBy: due)
                if wasExcluded {
                    evaluate(catalog.all, alone: everyPlace(catalog.all, of: decision), in: &decision)
                } else {
                    let alone = timers.alone.mapValues { catalog.indices(of: $0) }
                    evaluate(catalog.indices(of: timers.together), alone: alone, in: &decision)
                }
            }
            putBack(&decision)
            guard isComplete else { return }
        }
        // What is configured may have changed since it was stored.
        if due(of: index) != profiles[index].storedDue { profiles[index].isDirty = true }
    }

    /// Evaluates audiences for a profile with no new data, such as new or changed ones.
    ///
    /// - Returns: Whose membership changed, and what the profile is now.
    mutating func evaluate(_ audiences: [Audience.ID], of index: Int, now: Timestamp) -> ProfileEvaluation {
        guard !profiles[index].isExcluded(by: options) else { return ProfileEvaluation() }
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        let affected = catalog.indices(ofEvaluated: audiences)
        let views = evaluate(affected, alone: everyPlace(affected, of: decision), in: &decision)
        var evaluation = evaluation(of: decision)
        evaluation.views = views.map { self.evaluation(of: $0) }
        putBack(&decision)
        return evaluation
    }

    private func evaluation(of decision: ProfileDecision) -> ProfileEvaluation {
        let changes = decision.change.statusChanges.map { change in
            MembershipChange(audience: catalog.audiences[change.audience].definition.id, status: change.status)
        }
        return ProfileEvaluation(changes, decision.profile.state)
    }

    /// Evaluates audiences and exports what that triggers; a profile of which only timers changed keeps its revision.
    ///
    /// - Parameters:
    ///   - audiences: Those to be evaluated for all identities together.
    ///   - alone: Those to be evaluated for single identities by themselves, by the identities' places.
    ///   - decision: The profile.
    /// - Returns: The views of single identities for which any was evaluated.
    @discardableResult
    private mutating func evaluate(
        _ audiences: SmallIndexSet,
        alone: [Int: SmallIndexSet],
        in decision: inout ProfileDecision
    ) -> [ProfileDecision] {
        decision.dropObsoleteMemberships(catalog)
        var affected = audiences
        affected.formUnion(decision.change.eventAudiences)
        if decision.change.hasLostMemberships { affected.formUnion(catalog.membershipReaders) }
        decision.evaluate(affected, catalog: catalog, paths: paths, plan: &plan)
        let views = evaluateViews(of: &decision, alone)
        if decision.change.timersChanged || decision.change.leavesChanged { decision.profile.isDirty = true }
        guard !decision.change.statusChanges.isEmpty || views.contains(where: { !$0.change.statusChanges.isEmpty })
        else { return views }
        revise(&decision)
        export(&decision, views)
        return views
    }
}
