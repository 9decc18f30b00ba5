extension Decision {
    /// Makes one row per dataflow and merge policy that the change triggers, or counts why not (I2, RULINGS 7, 14).
    ///
    /// - Parameters:
    ///   - index: The profile.
    ///   - change: What happened to it.
    ///   - written: Dataflows of which the message wrote a mapped attribute.
    ///   - views: The profile's views.
    ///   - now: When the message was admitted.
    mutating func export(
        _ index: Int,
        change: ProfileChange,
        writing written: SmallIndexSet,
        views: inout PolicyViews,
        now: Timestamp
    ) {
        guard !catalog.dataflows.isEmpty else { return }
        let state = profiles[index].state
        for position in catalog.dataflows.indices {
            let flow = catalog.dataflows[position]
            for group in flow.groups {
                let reasons = ChangeDetection.reasons(
                    for: change,
                    in: group,
                    isRealized: { state.membership(in: catalog.audiences[$0].definition.id)?.status == .realized },
                    writesMappedAttribute: written.contains(position)
                )
                guard !reasons.isEmpty else { continue }
                let id = flow.dataflow.id
                plan.counters[id, default: DataflowCounters()].triggered += 1
                guard flow.dataflow.isEnabled else {
                    plan.counters[id, default: DataflowCounters()].suppressedDisabled += 1
                    continue
                }
                let policy = catalog.policies[group.policy]
                plan.outbox.append(
                    OutboxRow(
                        dataflow: id,
                        profile: state.id,
                        mergePolicy: policy.id,
                        revision: state.revision,
                        reasons: reasons,
                        partitionKey: state.id.uuid.description,
                        payload: ActivationRecord.render(
                            state,
                            view: views.view(group.policy, of: state, catalog: catalog, paths: paths),
                            flow: flow,
                            group: group,
                            catalog: catalog,
                            paths: paths
                        ),
                        admittedAt: now
                    )
                )
            }
        }
    }
}
