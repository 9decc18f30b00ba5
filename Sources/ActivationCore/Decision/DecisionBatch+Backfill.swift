extension DecisionBatch {
    /// Exports a member for a backfill as the profile is now (BEHAVIOUR 3.8).
    ///
    /// What it exports is a revision of its own, so that no two records of a profile have one key. Nobody is exported who
    /// is no member any more, or whose audience is not mapped any more: that was told when it happened.
    ///
    /// - Parameters:
    ///   - index: The profile.
    ///   - backfill: The order.
    ///   - now: The instant.
    /// - Returns: Records made.
    mutating func backfill(_ index: Int, for backfill: Backfill, now: Timestamp) -> Int {
        runTimers(of: index, until: now)
        guard backfill.wish == .running, !profiles[index].isExcluded(by: options),
            let position = catalog.dataflows.firstIndex(where: { $0.dataflow.id == backfill.dataflow }),
            catalog.dataflows[position].dataflow.isEnabled
        else { return 0 }
        let flow = catalog.dataflows[position]
        let memberships = profiles[index].state.memberships
        let groups = flow.groups.filter { group in
            group.mapped.contains { mapped in
                let audience = catalog.audiences[mapped.audience].definition.id
                return memberships.contains { $0.audience == audience && backfill.wants($0) }
            }
        }
        guard !groups.isEmpty else { return 0 }
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        decision.profile.isDirty = true
        decision.profile.state.revision += 1
        for group in groups {
            decision.append(
                flow,
                group,
                reasons: .backfill,
                lane: .backfill,
                catalog: catalog,
                paths: paths,
                plan: &plan
            )
        }
        putBack(decision)
        return groups.count
    }
}
