extension DecisionBatch {
    /// A stored profile's turn in a backfill: if it is a member still, it is exported as it is now (BEHAVIOUR 3.8).
    ///
    /// - Parameters:
    ///   - profile: The profile.
    ///   - row: Its row; the backfill goes on after it.
    ///   - id: The backfill.
    ///   - now: The instant.
    /// - Returns: Accepted when the turn was taken; duplicate when the backfill rests or has no dataflow to export to, so
    ///   that the turn is still to come.
    mutating func takeTurn(of profile: Profile.ID, at row: Int64, in id: Backfill.ID, now: Timestamp) -> DecisionResult
    {
        guard let order = catalog.backfills[id], order.wish == .running,
            let flow = catalog.dataflows.first(where: { $0.dataflow.id == order.dataflow }), flow.dataflow.isEnabled
        else { return .duplicate }
        var progress = plan.backfills[id] ?? CommitPlan.BackfillProgress(row: row)
        progress.row = max(progress.row, row)
        // Who became one with another has that one's turn.
        if let index = place(of: profile), profiles[index].state.id == profile {
            let records =
                order.unmapped.isEmpty
                ? export(index, for: order, to: flow, now: now) : exportExit(index, for: order, to: flow, now: now)
            progress.records += Int64(records)
        }
        plan.backfills[id] = progress
        return .accepted
    }

    /// Exports a member, if it is one.
    ///
    /// Nobody is exported who is no member any more, or whose audience is not mapped any more: that was told when it
    /// happened.
    ///
    /// - Returns: Records made.
    private mutating func export(
        _ index: Int,
        for order: Backfill,
        to flow: CompiledDataflow,
        now: Timestamp
    ) -> Int {
        runTimers(of: index, until: now)
        guard !profiles[index].isExcluded(by: options) else { return 0 }
        let views = views(of: profiles[index].state, shownBy: flow) { group, memberships in
            group.mapped.contains { mapped in
                let audience = catalog.audiences[mapped.audience].definition.id
                return memberships.contains { $0.audience == audience && order.wants($0) }
            }
        }
        guard !views.isEmpty else { return 0 }
        exportUnchanged(index, to: flow, views, reasons: .backfill, now: now)
        return views.count
    }
}
