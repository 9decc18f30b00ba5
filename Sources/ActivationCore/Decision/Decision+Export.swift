extension Decision {
    /// Makes one row per dataflow and merge policy that the change triggers, or counts why not (I2, RULINGS 7, 14).
    mutating func export(_ index: Int, change: ProfileChange, now: Timestamp) {
        guard !catalog.dataflows.isEmpty else { return }
        var touched = SmallIndexSet()
        for path in change.writtenPaths {
            touched.formUnion(catalog.impact(of: path, paths: paths).dataflows)
        }
        let state = profiles[index].state
        var views = [AttributeView?](repeating: nil, count: catalog.policies.count)
        for position in catalog.dataflows.indices {
            let flow = catalog.dataflows[position]
            for group in flow.groups {
                let reasons = ChangeDetection.reasons(
                    for: change,
                    in: group,
                    isRealized: { state.membership(in: catalog.audiences[$0].definition.id)?.status == .realized },
                    writesMappedAttribute: touched.contains(position)
                )
                guard !reasons.isEmpty else { continue }
                let id = flow.dataflow.id
                plan.counters[id, default: DataflowCounters()].triggered += 1
                guard flow.dataflow.isEnabled else {
                    plan.counters[id, default: DataflowCounters()].suppressedDisabled += 1
                    continue
                }
                let policy = catalog.policies[group.policy]
                let view = views[group.policy] ?? state.view(policy, paths: paths)
                views[group.policy] = view
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
                            view: view,
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
