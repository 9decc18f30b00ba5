extension ProfileDecision {
    /// Makes one row per dataflow and merge policy that the change triggers, or counts why not (I2, BEHAVIOUR 3.10,
    /// 3.16).
    ///
    /// - Parameters:
    ///   - written: Dataflows of which the message wrote a mapped attribute.
    ///   - catalog: What to decide by.
    ///   - paths: The path dictionary.
    ///   - plan: Gets the rows and what they do to the books.
    mutating func export(
        writing written: SmallIndexSet,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        for position in catalog.dataflows.indices {
            let flow = catalog.dataflows[position]
            for group in flow.groups {
                let reasons = ChangeDetection.reasons(
                    for: change,
                    in: group,
                    isRealized: { isRealized(catalog.audiences[$0].definition.id) },
                    writesMappedAttribute: written.contains(position)
                        && catalog.rankings[group.policy].uses(change.writtenDataset)
                )
                guard !reasons.isEmpty else { continue }
                append(flow, group, reasons: reasons, catalog: catalog, paths: paths, plan: &plan)
            }
        }
    }

    /// Makes one row, or counts why not and leaves a mark.
    mutating func append(
        _ flow: CompiledDataflow,
        _ group: CompiledDataflow.PolicyGroup,
        reasons: TriggerReasons,
        lane: OutboxLane = .live,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        let id = flow.dataflow.id
        plan.counters[id, default: DataflowCounters()].triggered += 1
        guard flow.dataflow.isEnabled else {
            plan.counters[id, default: DataflowCounters()].suppressedDisabled += 1
            let mark = ResumeMark.Key(
                dataflow: id,
                profile: profile.state.id,
                mergePolicy: catalog.policies[group.policy].id
            )
            plan.marks[mark, default: []].formUnion(reasons)
            return
        }
        plan.outbox.append(
            OutboxRow(
                dataflow: id,
                profile: profile.state.id,
                mergePolicy: catalog.policies[group.policy].id,
                revision: profile.state.revision,
                lane: lane,
                reasons: reasons,
                partitionKey: profile.state.id.uuid.description,
                payload: ActivationRecord.render(
                    profile.state,
                    view: views.view(group.policy, of: profile.state, catalog: catalog, paths: paths),
                    flow: flow,
                    group: group,
                    catalog: catalog,
                    paths: paths
                ),
                admittedAt: now
            )
        )
    }

    private func isRealized(_ audience: Audience.ID) -> Bool {
        profile.state.membership(in: audience)?.status == .realized
    }
}
