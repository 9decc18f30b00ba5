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
        var concerned = concernedDataflows(writing: written, catalog: catalog)
        for turn in change.overdueTurns { concerned.insert(turn.flow) }
        concerned.formUnion(withConsentChanged)
        var next = concerned.first(from: 0)
        while let position = next {
            next = concerned.first(from: position + 1)
            let flow = catalog.dataflows[position]
            guard !isWithheld(from: flow) else {
                if isWithdrawn(from: flow) { appendWithdrawal(from: flow, catalog: catalog, paths: paths, plan: &plan) }
                continue
            }
            for group in flow.groups where isOf(group, catalog) {
                let isWritten =
                    written.contains(position) && catalog.rankings[group.policy].uses(change.writtenDataset)
                let attributes =
                    isWritten
                    ? attributeWrites(of: flow, in: group, catalog: catalog, paths: paths) : AttributeWrites()
                let seen = consented(flow, group, catalog: catalog)
                let real = seen.map { exchange(&change, with: $0.change) }
                defer { if let real { change = real } }
                var reasons = ChangeDetection.reasons(
                    for: change,
                    in: group,
                    isRealized: { isRealized(catalog.audiences[$0].definition.id) },
                    changesIdentities: changesIdentities(shownBy: flow),
                    writesMappedAttribute: attributes.callForRecord
                )
                if let seen { reasons = reasons.subtracting(.membership).union(seen.reasons) }
                reasons.formIntersection(flow.dataflow.options.triggers.union(.always))
                guard !reasons.isEmpty else {
                    appendOverdue(flow, at: position, group, catalog: catalog, paths: paths, plan: &plan)
                    continue
                }
                append(
                    flow,
                    group,
                    reasons: reasons,
                    writtenAttributes: attributes.written,
                    catalog: catalog,
                    paths: paths,
                    plan: &plan
                )
            }
        }
    }

    /// Makes one row, or counts why not and leaves a mark; it shows the profile as it is, or as it is said to be, and the last
    /// one that a dataflow may have of it shows no attributes.
    mutating func append(
        _ flow: CompiledDataflow,
        _ group: CompiledDataflow.PolicyGroup,
        reasons: TriggerReasons,
        lane: OutboxLane = .live,
        showing shown: ProfileState? = nil,
        for order: Backfill? = nil,
        writtenAttributes: [Int] = [],
        isLast: Bool = false,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        let id = flow.dataflow.id
        let told = audiencesTold(by: group, reasons: reasons, lane: lane, order, showing: shown, catalog)
        plan.enterTriggered(flow.dataflow, of: told)
        let mark = ResumeMark.Key(
            dataflow: id,
            profile: profile.state.id,
            mergePolicy: catalog.policies[group.policy].id
        )
        guard flow.dataflow.isEnabled else {
            plan.marks[mark, default: []].formUnion(reasons)
            return
        }
        // Of a policy that links nobody other identities may be behind the mark too, and what shows changes alone does not
        // show what is behind it.
        if place == nil, flow.dataflow.options.membershipScope != .changed { plan.settle(mark) }
        if flow.asksConsent, !isLast { self.told.insert(id) }
        let record = ActivationRecord(
            flow: flow,
            group: group,
            statusChanges: change.statusChanges,
            place: place,
            lane: lane,
            reasons: reasons,
            writtenAttributes: writtenAttributes,
            admittedAt: now
        )
        let view = views.view(group.policy, of: profile.state, catalog: catalog, paths: paths)
        let state = shown ?? profile.state
        var row = record.row(
            of: isLast ? state : state.consented(to: flow, together: together),
            view: isLast ? AttributeView() : view,
            catalog: catalog,
            paths: paths
        )
        if isLast {
            // Where the records before it went.
            row.partitionKey =
                record.row(of: profile.state, view: view, catalog: catalog, paths: paths).partitionKey
        }
        row.audiences = told
        plan.outbox.append(row)
    }

    /// Whether a policy's messages show what this decides: all identities together or each by itself.
    func isOf(_ group: CompiledDataflow.PolicyGroup, _ catalog: borrowing Catalog) -> Bool {
        catalog.isUnlinked(policy: group.policy) == (place != nil)
    }

    /// The dataflows that the change may trigger; nobody else is asked.
    func concernedDataflows(writing written: SmallIndexSet, catalog: borrowing Catalog) -> SmallIndexSet {
        var concerned = written
        for status in change.statusChanges { concerned.formUnion(catalog.dataflowIndex.mapping(status.audience)) }
        guard change.identitiesChanged else { return concerned }
        for membership in profile.state.memberships where membership.status == .realized {
            guard let audience = catalog.audienceIndex[membership.audience] else { continue }
            concerned.formUnion(catalog.dataflowIndex.mapping(audience))
        }
        return concerned
    }

    /// Mapped attributes that an input wrote.
    private struct AttributeWrites {
        /// Whether one of them calls for a record.
        var callForRecord = false
        /// By place in ``CompiledDataflow/attributes``; empty where nobody asks.
        var written: [Int] = []
    }

    private mutating func attributeWrites(
        of flow: CompiledDataflow,
        in group: CompiledDataflow.PolicyGroup,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary
    ) -> AttributeWrites {
        var writes = AttributeWrites()
        guard !flow.takesAnyWrite || change.endsDataset else {
            writes.callForRecord = true
            return writes
        }
        for (place, attribute) in flow.attributes.enumerated() {
            let path = attribute.path
            let isWritten = change.writtenPaths.contains {
                paths.isPrefix($0, of: path) || paths.isPrefix(path, of: $0)
            }
            guard isWritten || change.endsDataset else { continue }
            switch attribute.export {
            case .anyWrite where !change.endsDataset: writes.callForRecord = true
            case .never where !change.endsDataset: break
            // Nobody wrote what went with its dataset.
            case .valueChange, .anyWrite, .never:
                let old = before.view(group.policy, catalog: catalog, paths: paths)
                let new = views.view(group.policy, of: profile.state, catalog: catalog, paths: paths)
                var (oldValue, newValue): ([UInt8], [UInt8]) = ([], [])
                _ = flow.append(valueAt: path, of: old, paths: paths, to: &oldValue)
                _ = flow.append(valueAt: path, of: new, paths: paths, to: &newValue)
                guard oldValue != newValue else { continue }
                if attribute.export != .never { writes.callForRecord = true }
            }
            writes.written.append(place)
        }
        return writes
    }

    /// Whether the identities changed that a dataflow shows.
    private func changesIdentities(shownBy flow: CompiledDataflow) -> Bool {
        guard change.identitiesChanged, flow.namespaceFilter != nil, let old = before.identities else {
            return change.identitiesChanged
        }
        return Set(flow.shown(old).map(\.identity)) != Set(flow.shown(profile.state.identities).map(\.identity))
    }

    private func isRealized(_ audience: Audience.ID) -> Bool {
        profile.state.membership(in: audience)?.status == .realized
    }
}
