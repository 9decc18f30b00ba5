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
        guard !profiles[index].isExcluded(by: options) else {
            // It is stored again, as one that is never due.
            if profiles[index].state.due.map({ $0 <= now }) ?? false { profiles[index].isDirty = true }
            return
        }
        var left = limit
        while left > 0, let due = profiles[index].state.due, due <= now {
            left -= 1
            let instant = options.plantedFaults.contains(.timersAtTheirNotice) ? now : due
            var decision = ProfileDecision(takeOut(index), at: index, now: instant)
            decision.change.timersChanged = true
            evaluate(decision.profile.state.takeTimers(dueBy: due), in: &decision)
            putBack(decision)
        }
    }

    /// Evaluates audiences for a profile with no new data, such as new or changed ones.
    ///
    /// - Returns: Whose membership changed, and what the profile is now.
    mutating func evaluate(_ audiences: [Audience.ID], of index: Int, now: Timestamp) -> ProfileEvaluation {
        guard !profiles[index].isExcluded(by: options) else { return ProfileEvaluation() }
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        evaluate(audiences, in: &decision)
        let changes = decision.change.statusChanges.map { change in
            MembershipChange(audience: catalog.audiences[change.audience].definition.id, status: change.status)
        }
        let evaluation = ProfileEvaluation(changes, decision.profile.state)
        putBack(decision)
        return evaluation
    }

    /// Evaluates audiences and exports what that triggers; a profile of which only timers changed keeps its revision.
    private mutating func evaluate(_ audiences: [Audience.ID], in decision: inout ProfileDecision) {
        decision.dropObsoleteMemberships(catalog)
        var affected = SmallIndexSet(audiences.compactMap { catalog.audienceIndex[$0] })
        if decision.change.hasLostMemberships { affected.formUnion(catalog.membershipReaders) }
        decision.evaluate(affected, catalog: catalog, paths: paths, plan: &plan)
        if decision.change.timersChanged || decision.change.leavesChanged { decision.profile.isDirty = true }
        guard !decision.change.statusChanges.isEmpty else { return }
        revise(&decision)
        decision.export(writing: SmallIndexSet(), catalog: catalog, paths: paths, plan: &plan)
    }
}
