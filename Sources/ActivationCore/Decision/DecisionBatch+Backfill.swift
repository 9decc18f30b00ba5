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
        pass(row, in: id)
        // Who became one with another has that one's turn.
        if let index = place(of: profile), profiles[index].state.id == profile {
            takeTurn(index, in: order, to: flow, now: now)
        }
        return .accepted
    }

    /// Exports what a profile's turn is about, and whatever else it was owed by the order is done with.
    mutating func takeTurn(_ index: Int, in order: Backfill, to flow: CompiledDataflow, now: Timestamp) {
        let mark = ResumeMark.Key(
            dataflow: order.dataflow,
            profile: profiles[index].state.id,
            turnIn: order.id
        )
        plan.settle(mark)
        // An input of this batch may be about the same turn.
        for key in resumeMarks where following(key) == mark { resumeMarks.remove(key) }
        let records = export(index, for: order, to: flow, now: now)
        plan.backfills[order.id]?.records += Int64(records)
    }

    /// Notes that a backfill has come to a row.
    private mutating func pass(_ row: Int64, in id: Backfill.ID) {
        let place = max(backfillPlaces[id] ?? 0, row)
        backfillPlaces[id] = place
        plan.backfills[id, default: CommitPlan.BackfillProgress(row: place)].row = place
    }

    /// Ends a backfill: no more turns come.
    mutating func end(_ id: Backfill.ID) { pass(CommitPlan.BackfillProgress.ended, in: id) }

    /// Exports what an order is about of a profile, if there is anything.
    ///
    /// Nobody is exported who is no member any more, or whose audience is not mapped any more: that was told when it
    /// happened.
    ///
    /// - Parameters:
    ///   - index: The profile.
    ///   - order: The backfill.
    ///   - flow: Its dataflow.
    ///   - identities: Under a policy that links nobody, only of these; nil = of all.
    ///   - now: The instant.
    /// - Returns: Records made.
    mutating func export(
        _ index: Int,
        for order: Backfill,
        to flow: CompiledDataflow,
        of identities: Set<Identity>? = nil,
        now: Timestamp
    ) -> Int {
        runTimers(of: index, until: now)
        decideConsent(of: index, for: flow, now: now)
        guard !profiles[index].isExcluded(by: options) else { return 0 }
        var (flow, views) = wantedViews(of: profiles[index].state, by: order, flow, now: now)
        if let identities {
            let members = profiles[index].state.identities
            views.removeAll { view in view.place.map { !identities.contains(members[$0].identity) } ?? false }
        }
        guard !views.isEmpty else { return 0 }
        exportUnchanged(index, to: flow, views, reasons: order.reasons, for: order, now: now)
        return views.count
    }

    /// What a turn in a backfill exports of a profile: nothing, if the order is not about it.
    ///
    /// - Returns: The dataflow as it shows the views, and those.
    mutating func wantedViews(
        of state: ProfileState,
        by order: Backfill,
        _ flow: CompiledDataflow,
        now: Timestamp
    ) -> (flow: CompiledDataflow, views: [ExportedView]) {
        // Who is withheld was told of as exited when that began.
        guard !flow.asksConsent || !state.memberships.areWithheld(from: flow.dataflow.id) else { return (flow, []) }
        guard !order.unmapped.isEmpty else {
            return (flow, views(of: state, shownBy: flow) { order.wants($0, $1, catalog) })
        }
        // Once it has been switched off, consumers expect no such record any more.
        guard flow.dataflow.options.emitsUnmapping else { return (flow, []) }
        return leavingViews(of: state, by: order, flow, now: now)
    }
}

extension Backfill {
    /// Why its records are made.
    var reasons: TriggerReasons { unmapped.isEmpty ? .backfill : .unmapped }

    /// Whether some of these standings are in audiences that a dataflow maps, and the order is about them.
    func wants(
        _ group: CompiledDataflow.PolicyGroup,
        _ memberships: [SegmentMembership],
        _ catalog: borrowing Catalog
    ) -> Bool {
        group.mapped.contains { mapped in
            let audience = catalog.audiences[mapped.audience].definition.id
            return memberships.contains { $0.audience == audience && wants($0) }
        }
    }
}
