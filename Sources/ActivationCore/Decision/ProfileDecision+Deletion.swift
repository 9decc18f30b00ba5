extension ProfileDecision {
    /// Makes the last record of a profile that is deleted, for each dataflow that asks for it and to which the profile was
    /// of any interest (BEHAVIOUR 3.11): its audiences exited, of those that were taken out too if the
    /// dataflow is told of that (BEHAVIOUR 3.9), its identities, no attributes.
    ///
    /// One that never was told of who is withheld from it is not told now either, and of an identity that leaves such a profile none
    /// is.
    mutating func exportDeletion(
        sparingWithheld: Bool = false,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        guard !profile.isDeleted else { return }
        let last = leave(catalog)
        for present in catalog.dataflows where present.dataflow.options.emitsDeletes {
            guard !isWithheld(from: present) || !sparingWithheld && wasTold(to: present) else { continue }
            let flow = catalog.former(present)
            for group in flow.groups where isOf(group, catalog) {
                let isOfInterest = group.mapped.contains { mapped in
                    last.membership(in: catalog.audiences[mapped.audience].definition.id) != nil
                }
                guard isOfInterest else { continue }
                let told = audiencesTold(by: group, reasons: .membership, lane: .live, nil, catalog)
                plan.enterTriggered(flow.dataflow, of: told)
                guard flow.dataflow.isEnabled else { continue }
                let record = ActivationRecord(
                    flow: flow,
                    group: group,
                    statusChanges: change.statusChanges,
                    place: place,
                    reasons: .membership,
                    admittedAt: now
                )
                var row = record.row(of: last, view: AttributeView(), catalog: catalog, paths: paths)
                // Where the records before it went.
                let view = views.view(group.policy, of: profile.state, catalog: catalog, paths: paths)
                row.partitionKey =
                    record.row(of: profile.state, view: view, catalog: catalog, paths: paths).partitionKey
                row.audiences = told
                plan.outbox.append(row)
            }
        }
    }

    /// The profile without attributes and a member of nothing any more, which is noted as the change.
    private mutating func leave(_ catalog: borrowing Catalog) -> ProfileState {
        var last = profile.state
        last.entries = []
        var memberships: [SegmentMembership] = []
        for membership in last.memberships where membership.hasEntry(at: now) {
            guard membership.status == .realized else {
                memberships.append(membership)
                continue
            }
            memberships.append(
                SegmentMembership(audience: membership.audience, status: .exited, lastQualificationTime: now)
            )
            guard let audience = catalog.audienceIndex[membership.audience] else { continue }
            change.statusChanges.append(
                ProfileChange.StatusChange(audience: audience, status: .exited, before: membership)
            )
        }
        last.memberships = memberships
        return last
    }
}
