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
        while left > 0, let due = due(of: profiles[index]), due <= now {
            left -= 1
            // How long events stay may have been set after the profile last changed, and before it is asked.
            let own = max(due, profiles[index].state.updatedAt)
            let instant = options.plantedFaults.contains(.timersAtTheirNotice) ? now : own
            let wasExcluded = profiles[index].isExcluded(by: options)
            var decision = ProfileDecision(takeOut(index), at: index, now: instant)
            decision.profile.isDirty = true
            let isComplete = expireEvents(of: &decision)
            if isComplete, !decision.profile.isExcluded(by: options) {
                let timers = catalog.indices(of: decision.profile.state.takeTimers(dueBy: due))
                evaluate(wasExcluded ? catalog.all : timers, in: &decision)
            }
            putBack(decision)
            guard isComplete else { return }
        }
        // What is configured may have changed since it was stored.
        if due(of: profiles[index]) != profiles[index].storedDue { profiles[index].isDirty = true }
    }

    /// Evaluates audiences for a profile with no new data, such as new or changed ones.
    ///
    /// - Returns: Whose membership changed, and what the profile is now.
    mutating func evaluate(_ audiences: [Audience.ID], of index: Int, now: Timestamp) -> ProfileEvaluation {
        guard !profiles[index].isExcluded(by: options) else { return ProfileEvaluation() }
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        evaluate(catalog.indices(ofEvaluated: audiences), in: &decision)
        let changes = decision.change.statusChanges.map { change in
            MembershipChange(audience: catalog.audiences[change.audience].definition.id, status: change.status)
        }
        let evaluation = ProfileEvaluation(changes, decision.profile.state)
        putBack(decision)
        return evaluation
    }

    /// Evaluates audiences and exports what that triggers; a profile of which only timers changed keeps its revision.
    private mutating func evaluate(_ audiences: SmallIndexSet, in decision: inout ProfileDecision) {
        decision.dropObsoleteMemberships(catalog)
        var affected = audiences
        affected.formUnion(decision.change.eventAudiences)
        if decision.change.hasLostMemberships { affected.formUnion(catalog.membershipReaders) }
        decision.evaluate(affected, catalog: catalog, paths: paths, plan: &plan)
        if decision.change.timersChanged || decision.change.leavesChanged { decision.profile.isDirty = true }
        guard !decision.change.statusChanges.isEmpty else { return }
        revise(&decision)
        decision.export(writing: SmallIndexSet(), catalog: catalog, paths: paths, plan: &plan)
    }
}
