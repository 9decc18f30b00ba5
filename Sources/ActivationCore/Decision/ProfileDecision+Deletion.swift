extension ProfileDecision {
    /// Makes the last record of a profile that is deleted, for each dataflow that asks for it and to which the profile was
    /// of any interest (BEHAVIOUR 3.11): its mapped audiences exited, its identities, no attributes.
    mutating func exportDeletion(
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        guard !profile.isDeleted else { return }
        var last = profile.state
        last.entries = []
        last.memberships = last.memberships.filter { $0.hasEntry(at: now) }.map { membership in
            guard membership.status == .realized else { return membership }
            return SegmentMembership(audience: membership.audience, status: .exited, lastQualificationTime: now)
        }
        for flow in catalog.dataflows where flow.dataflow.emitsDeletes {
            for group in flow.groups {
                let isOfInterest = group.mapped.contains { mapped in
                    last.membership(in: catalog.audiences[mapped.audience].definition.id) != nil
                }
                guard isOfInterest else { continue }
                let id = flow.dataflow.id
                plan.counters[id, default: DataflowCounters()].triggered += 1
                guard flow.dataflow.isEnabled else {
                    plan.counters[id, default: DataflowCounters()].suppressedDisabled += 1
                    continue
                }
                plan.outbox.append(
                    OutboxRow(
                        dataflow: id,
                        profile: last.id,
                        mergePolicy: catalog.policies[group.policy].id,
                        revision: last.revision,
                        reasons: .membership,
                        partitionKey: last.id.uuid.description,
                        payload: ActivationRecord.render(
                            last,
                            view: AttributeView(),
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
