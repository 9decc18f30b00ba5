/// Consent as part of the decision (BEHAVIOUR 9.5): whom a dataflow may not tell of it tells of once more, as exited.
extension ProfileDecision {
    /// Whether a dataflow may not tell of the profile now.
    func isWithheld(from flow: CompiledDataflow) -> Bool {
        flow.asksConsent && (together ?? profile.state.memberships).areWithheld(from: flow.dataflow.id)
    }

    /// Evaluates the consent that dataflows ask for, so that none of them goes by what somebody said before.
    mutating func evaluateConsent(
        of concerned: SmallIndexSet,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        var asked = SmallIndexSet()
        var next = concerned.first(from: 0)
        while let position = next {
            next = concerned.first(from: position + 1)
            if let withheld = catalog.audienceIndex[catalog.dataflows[position].dataflow.id.withheld] {
                asked.insert(withheld)
            }
        }
        guard !asked.isEmpty else { return }
        evaluate(asked.intersection(catalog.withheld), catalog: catalog, paths: paths, plan: &plan)
    }

    /// Notes how the profile stood before the input; of several that became one each.
    mutating func noteFormerStandings(_ catalog: borrowing Catalog) {
        for status in change.statusChanges where catalog.withheld.contains(status.audience) {
            withConsentChanged.formUnion(catalog.dataflowIndex.mapping(status.audience))
        }
        followSplit(catalog)
        guard change.united.isEmpty else {
            former = change.united
            withConsentChanged = catalog.dataflowIndex.askingConsent
            followUnited(catalog)
            return
        }
        var before = profile.state
        for status in change.statusChanges {
            before.restore(status.before, of: catalog.audiences[status.audience].definition.id)
        }
        former = [FormerStanding(memberships: before.memberships)]
    }

    /// Notes where consent is another for a profile that was split off: what a dataflow sees of its identities by themselves was
    /// withheld, or was not, with the profile that they were of.
    private mutating func followSplit(_ catalog: borrowing Catalog) {
        guard let one = change.splitFrom else { return }
        for (position, flow) in catalog.dataflows.enumerated()
        where flow.asksConsent && one.areWithheld(from: flow.dataflow.id) != isWithheld(from: flow) {
            withConsentChanged.insert(position)
        }
    }

    /// Lets it be known since when a profile of several is withheld, or told of again: of one that was told of, since now or not at
    /// all.
    private mutating func followUnited(_ catalog: borrowing Catalog) {
        for flow in catalog.dataflows where flow.asksConsent {
            let id = flow.dataflow.id
            let open = former.filter { !$0.memberships.areWithheld(from: id) }
            guard !open.isEmpty else { continue }
            if isWithheld(from: flow) {
                profile.state.set(
                    SegmentMembership(withheldFrom: id, .realized, at: now)
                )
            } else {
                let ended = open.compactMap { $0.memberships.standing(in: id.withheld) }
                profile.state.restore(
                    ended.max { $0.lastQualificationTime < $1.lastQualificationTime },
                    of: id.withheld
                )
            }
        }
    }

    /// Takes over what was noted of all identities together, as far as it is about the one that this shows.
    mutating func noteFormerStandings(of whole: borrowing ProfileDecision) {
        together = whole.profile.state.memberships
        withConsentChanged = whole.withConsentChanged
        let own = profile.state.identities.first?.identity
        let mine = whole.former.filter { standing in own.map(standing.identities.contains) ?? false }
        former = mine.isEmpty ? whole.former : mine
        // Of a profile that has become two each identity stood where the one stood.
        if let one = whole.change.splitFrom { former = [FormerStanding(memberships: one)] }
    }

    /// Whether a dataflow that may not tell of the profile now could before the input.
    func isWithdrawn(from flow: CompiledDataflow) -> Bool {
        isWithheld(from: flow) && former.contains { !$0.memberships.areWithheld(from: flow.dataflow.id) }
    }

    /// Whether a dataflow from which the profile is withheld was ever told of it.
    func wasTold(to flow: CompiledDataflow) -> Bool {
        let standing = (together ?? profile.state.memberships).standing(in: flow.dataflow.id.withheld)
        return standing?.lastQualificationTime != SegmentMembership.neverTold
    }

    /// Notes of a profile that is withheld from a dataflow from now on that this was never told of it, if so.
    mutating func noteNeverTold(to flow: CompiledDataflow) {
        let mapped = flow.groups.flatMap(\.mapped)
        guard former.allSatisfy({ former in !mapped.contains { former.mayBeKnown(to: flow, by: $0) } }) else { return }
        profile.state.set(
            SegmentMembership(withheldFrom: flow.dataflow.id, .realized, at: SegmentMembership.neverTold)
        )
    }

    /// Notes that dataflows that ask for consent are told of the profile.
    mutating func noteTold(to dataflows: Set<Dataflow.ID>) {
        for dataflow in dataflows where profile.state.membership(in: dataflow.withheld) == nil {
            profile.state.set(
                SegmentMembership(withheldFrom: dataflow, .exited, at: SegmentMembership.neverTold)
            )
        }
    }

    /// The change as a dataflow sees it that was not told of the profile, or of a part of it, before the input.
    ///
    /// - Returns: The change, and whether statuses, consent or both made it; nil = it is what happened.
    func consented(
        _ flow: CompiledDataflow,
        _ group: CompiledDataflow.PolicyGroup,
        catalog: borrowing Catalog
    ) -> (change: ProfileChange, reasons: TriggerReasons)? {
        guard flow.asksConsent, former.contains(where: { $0.memberships.areWithheld(from: flow.dataflow.id) }) else {
            return nil
        }
        var (seen, reasons) = (change, TriggerReasons())
        seen.statusChanges.removeAll { group.isMapped.contains($0.audience) }
        for mapped in group.mapped {
            let id = catalog.audiences[mapped.audience].definition.id
            let (told, now) = (told(of: mapped, id, to: flow), profile.state.membership(in: id))
            let isMember = now?.status == .realized
            guard isMember != (told?.status == .realized) else { continue }
            seen.statusChanges.append(
                ProfileChange.StatusChange(
                    audience: mapped.audience,
                    status: isMember ? .realized : .exited,
                    before: told ?? toldBeforeWithdrawal(of: now, flow)
                )
            )
            reasons.insert(change.changesStatus(of: mapped.audience) ? .membership : .consent)
        }
        return (seen, reasons)
    }

    /// The standing in a mapped audience that a dataflow may have been told of before the input; nil when it was told of none.
    private func told(
        of mapped: CompiledDataflow.Mapped,
        _ id: Audience.ID,
        to flow: CompiledDataflow
    ) -> SegmentMembership? {
        let open = former.filter { $0.mayBeKnown(to: flow, by: mapped) }
        guard place == nil else {
            guard !open.isEmpty else { return nil }
            guard let known = change.statusChanges.first(where: { $0.audience == mapped.audience }) else {
                return profile.state.membership(in: id)
            }
            return known.before
        }
        return open.compactMap { $0.memberships.standing(in: id) }
            .reduce(nil) { best, next in best.map { next.prevails(over: $0) ? next : $0 } ?? next }
    }

    /// A member whom a dataflow was told of as exited when they were withheld; nil for one who joined after that.
    private func toldBeforeWithdrawal(of now: SegmentMembership?, _ flow: CompiledDataflow) -> SegmentMembership? {
        let withheld = former.compactMap { $0.memberships.standing(in: flow.dataflow.id.withheld) }
        let since = withheld.filter { $0.status == .realized }.map(\.lastQualificationTime)
        guard let now, let first = since.min(), now.lastQualificationTime < first else { return nil }
        return SegmentMembership(audience: now.audience, status: .exited, lastQualificationTime: first)
    }

    /// Makes the last record that a dataflow may have of the profile, for each merge policy; audiences that were taken out of it
    /// and that it is told of as such count like mapped ones.
    mutating func appendWithdrawal(
        from flow: CompiledDataflow,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        let former = catalog.former(flow)
        for group in former.groups where isOf(group, catalog) {
            appendWithdrawal(from: former, group, catalog: catalog, paths: paths, plan: &plan)
        }
    }

    /// Makes that record later than it was called for.
    mutating func appendLateWithdrawal(
        from flow: CompiledDataflow,
        _ group: CompiledDataflow.PolicyGroup,
        reasons: TriggerReasons,
        lane: OutboxLane,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        let all = together ?? profile.state.memberships
        let since = all.standing(in: flow.dataflow.id.withheld)?.lastQualificationTime
        var before = profile.state
        before.set(
            SegmentMembership(withheldFrom: flow.dataflow.id, .exited, at: SegmentMembership.neverTold)
        )
        former = [FormerStanding(memberships: before.memberships)]
        appendWithdrawal(
            from: flow,
            group,
            reasons: reasons,
            lane: lane,
            since: since,
            catalog: catalog,
            paths: paths,
            plan: &plan
        )
    }

    /// Makes the last record of a profile that a dataflow may not tell of any more, if it is or was lately in one of the
    /// mapped audiences: these exited, the identities, no attributes.
    ///
    /// - Parameters:
    ///   - flow: The dataflow.
    ///   - group: Its audiences of one merge policy.
    ///   - reasons: Why it is made.
    ///   - lane: What brings it.
    ///   - since: When the profile was withheld, if it was not by this input: who became a member after that was never told of.
    ///   - catalog: What to decide by.
    ///   - paths: The path dictionary.
    ///   - plan: Gets the record.
    mutating func appendWithdrawal(
        from flow: CompiledDataflow,
        _ group: CompiledDataflow.PolicyGroup,
        reasons: TriggerReasons = .consent,
        lane: OutboxLane = .live,
        since: Timestamp? = nil,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        var shown = profile.state
        shown.memberships = []
        var changes: [ProfileChange.StatusChange] = []
        for mapped in group.mapped {
            let id = catalog.audiences[mapped.audience].definition.id
            guard var told = told(of: mapped, id, to: flow), told.hasEntry(at: now),
                since.map({ told.isTold(withheldSince: $0) }) ?? true
            else { continue }
            let before = told
            if told.status == .realized {
                // Who leaves by this very input does so now too.
                (told.status, told.lastQualificationTime) = (.exited, since ?? now)
                changes.append(
                    ProfileChange.StatusChange(audience: mapped.audience, status: .exited, before: before)
                )
            }
            shown.memberships.append(told)
        }
        guard !shown.memberships.isEmpty else { return }
        shown.memberships.sort { $0.audience.uuid < $1.audience.uuid }
        let real = change
        change.statusChanges = changes
        defer { change = real }
        append(
            flow,
            group,
            reasons: reasons,
            lane: lane,
            showing: shown,
            isLast: true,
            catalog: catalog,
            paths: paths,
            plan: &plan
        )
    }
}
