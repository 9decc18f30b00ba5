/// What consent does to a batch (BEHAVIOUR 9.5).
extension DecisionBatch {
    /// Evaluates the consent that the dataflows ask for which a change concerns, and takes the records out that wait for those
    /// that may not tell of the profile any more.
    ///
    /// - Parameters:
    ///   - decision: The profile.
    ///   - views: Those of its identities that the change concerns; all of them when consent is another now.
    ///   - written: Dataflows of which the message wrote a mapped attribute.
    mutating func decideConsent(
        of decision: inout ProfileDecision,
        _ views: inout [ProfileDecision],
        writing written: SmallIndexSet
    ) {
        guard catalog.asksConsent else { return }
        var concerned = decision.concernedDataflows(writing: written, catalog: catalog)
        for view in views { concerned.formUnion(view.concernedDataflows(writing: written, catalog: catalog)) }
        decision.evaluateConsent(of: concerned, catalog: catalog, paths: paths, plan: &plan)
        decision.noteFormerStandings(catalog)
        let withdrawn = catalog.dataflows.filter { decision.isWithdrawn(from: $0) }
        for flow in withdrawn { decision.noteNeverTold(to: catalog.former(flow)) }
        if !catalog.unlinked.isEmpty, !decision.withConsentChanged.isEmpty {
            let shown = Set(views.compactMap(\.place))
            for place in decision.profile.state.identities.indices where !shown.contains(place) {
                var view = decision.view(ofIdentityAt: place)
                view.dropObsoleteMemberships(catalog)
                views.append(view)
            }
            views.sort { ($0.place ?? 0) < ($1.place ?? 0) }
        }
        for index in views.indices { views[index].noteFormerStandings(of: decision) }
        guard !decision.change.isNew else { return }
        for flow in withdrawn {
            withdraw(decision.index, before: decision.profile.state.revision, from: flow.dataflow.id)
        }
    }

    /// Evaluates the consent that a dataflow asks for before a profile is told of to which nothing happens.
    mutating func decideConsent(of index: Int, for flow: CompiledDataflow, now: Timestamp) {
        guard flow.asksConsent else { return }
        _ = evaluate([flow.dataflow.id.withheld], of: index, now: now)
    }

    /// Takes the records that wait of a profile for a dataflow out of the plan and, by it, out of the storage; what the revision
    /// itself has made stays.
    private mutating func withdraw(_ index: Int, before revision: Int64, from dataflow: Dataflow.ID) {
        let ids = profileIndex.filter { root($0.value) == index }.map(\.key).sorted { $0.uuid < $1.uuid }
        func isWithdrawn(_ row: OutboxRow) -> Bool {
            row.dataflow == dataflow && row.revision < revision && ids.contains(row.profile)
        }
        for row in plan.outbox where isWithdrawn(row) {
            let dropped = DataflowCounters(suppressedDeleted: 1)
            plan.counters[dataflow, default: DataflowCounters()] += dropped
            plan.audienceBooks[dataflow, default: AudienceBooks()].enter(dropped, of: row.audiences)
        }
        plan.outbox.removeAll(where: isWithdrawn)
        for id in ids { plan.withdrawals.append(CommitPlan.Withdrawal(profile: id, dataflow: dataflow)) }
    }
}
