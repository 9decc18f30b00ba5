extension DecisionBatch {
    /// What there is a record of: the audiences of one policy, of all identities together or of the one at a place.
    struct ExportedView {
        var group: CompiledDataflow.PolicyGroup
        var place: Int?
        /// Standings that it shows as exited.
        var left: [SegmentMembership] = []
    }

    /// The views of a profile that a dataflow shows, as far as somebody wants them for their standings.
    func views(
        of state: ProfileState,
        shownBy flow: CompiledDataflow,
        where isWanted: (CompiledDataflow.PolicyGroup, [SegmentMembership]) -> Bool
    ) -> [ExportedView] {
        flow.groups.flatMap { group in
            guard catalog.isUnlinked(policy: group.policy) else {
                return isWanted(group, state.memberships) ? [ExportedView(group: group)] : []
            }
            return state.identities.indices.filter { isWanted(group, state.identities[$0].memberships) }
                .map { ExportedView(group: group, place: $0) }
        }
    }

    /// Exports a profile to which nothing happened, as it is now.
    ///
    /// It is a revision of its own, so that no two records of a profile have one key.
    ///
    /// - Parameters:
    ///   - index: The profile.
    ///   - flow: Where its records go.
    ///   - views: What there is a record of each.
    ///   - reasons: Why they are made.
    ///   - order: In whose turn they are made, if they are.
    ///   - now: The instant.
    mutating func exportUnchanged(
        _ index: Int,
        to flow: CompiledDataflow,
        _ views: [ExportedView],
        reasons: TriggerReasons,
        for order: Backfill? = nil,
        now: Timestamp
    ) {
        var decision = ProfileDecision(takeOut(index), at: index, now: now)
        decision.dropObsoleteMemberships(catalog)
        decision.reviseUnchanged(catalog)
        decision.change.isTurn = true
        for exported in views {
            var view = exported.place.map { decision.view(ofIdentityAt: $0) } ?? decision
            view.dropObsoleteMemberships(catalog)
            let lane = reasons.contains(.replay) ? OutboxLane.replay : .backfill
            guard !view.isWithheld(from: flow) else {
                view.appendLateWithdrawal(
                    from: flow,
                    exported.group,
                    reasons: reasons,
                    lane: lane,
                    catalog: catalog,
                    paths: paths,
                    plan: &plan
                )
                continue
            }
            let shown = exported.left.isEmpty ? nil : view.exited(from: exported.left, catalog: catalog)
            view.append(
                flow,
                exported.group,
                reasons: reasons,
                lane: lane,
                showing: shown,
                for: order,
                catalog: catalog,
                paths: paths,
                plan: &plan
            )
            decision.told.formUnion(view.told)
        }
        decision.noteTold(to: decision.told)
        putBack(&decision)
    }
}
