extension DecisionBatch {
    /// Exports a profile to which nothing happened, as it is now.
    ///
    /// It is a revision of its own, so that no two records of a profile have one key.
    ///
    /// - Parameters:
    ///   - index: The profile.
    ///   - flow: Where its records go.
    ///   - groups: The policies of which there is a record each.
    ///   - reasons: Why they are made.
    ///   - now: The instant.
    mutating func exportUnchanged(
        _ index: Int,
        to flow: CompiledDataflow,
        _ groups: [CompiledDataflow.PolicyGroup],
        reasons: TriggerReasons,
        now: Timestamp
    ) {
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        decision.profile.isDirty = true
        decision.profile.state.revision += 1
        for group in groups {
            decision.append(
                flow,
                group,
                reasons: reasons,
                lane: .backfill,
                catalog: catalog,
                paths: paths,
                plan: &plan
            )
        }
        putBack(decision)
    }
}
