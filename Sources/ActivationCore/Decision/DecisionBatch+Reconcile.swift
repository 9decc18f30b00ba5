extension DecisionBatch {
    /// Takes the marks that inputs name and that the storage still has; a mark that is not among them is done with.
    public mutating func add(_ marks: Set<ResumeMark.Key>) {
        resumeMarks.formUnion(marks)
    }

    /// Says that the storage has no marks at all, so that none has to be settled.
    public mutating func noteNoMarks() { plan.mayHaveMarks = false }

    /// Makes the one record that stands for everything that happened to a profile while the dataflow was disabled, or that
    /// somebody wants again, from the state of now (BEHAVIOUR 3.10, 3.18).
    ///
    /// - Parameters:
    ///   - mark: What was left undone.
    ///   - now: The instant.
    /// - Returns: Accepted when the mark is done with by this; duplicate when it was before or its time is still to come.
    mutating func reconcile(_ mark: ResumeMark, now: Timestamp) -> DecisionResult {
        guard resumeMarks.contains(mark.key),
            let position = catalog.dataflows.firstIndex(where: { $0.dataflow.id == mark.key.dataflow }),
            catalog.dataflows[position].dataflow.isEnabled
        else { return .duplicate }
        if mark.isOwedTurn { return takeOwedTurn(mark, now: now) }
        resumeMarks.remove(mark.key)
        plan.settle(following(mark.key))
        guard let index = place(of: mark.key.profile) else { return .accepted }
        runTimers(of: index, until: now)
        let flow = catalog.dataflows[position]
        decideConsent(of: index, for: flow, now: now)
        let state = profiles[index].state
        // What was called for by a trigger that has been switched off since is called for no more.
        let reasons = mark.reasons.intersection(flow.dataflow.options.triggers.union(.always))
        let isWithheld = flow.asksConsent && state.memberships.areWithheld(from: flow.dataflow.id)
        guard !reasons.isEmpty, !profiles[index].isExcluded(by: options),
            !isWithheld || !reasons.isDisjoint(with: [.membership, .consent, .replay]),
            flow.dataflow.options.membershipScope == .changed
                || !hasRecord(
                    ResumeMark.Key(dataflow: mark.key.dataflow, profile: state.id, mergePolicy: mark.key.mergePolicy)
                )
        else { return .accepted }
        let since = state.memberships.standing(in: flow.dataflow.id.withheld)?.lastQualificationTime ?? now
        let views = views(of: state, shownBy: flow) { group, memberships in
            catalog.policies[group.policy].id == mark.key.mergePolicy
                && group.mapped.contains { mapped in
                    let audience = catalog.audiences[mapped.audience].definition.id
                    return memberships.contains {
                        $0.audience == audience && $0.hasEntry(at: now)
                            && (!isWithheld || $0.isTold(withheldSince: since))
                    }
                }
        }
        guard !views.isEmpty else { return .accepted }
        exportUnchanged(index, to: flow, views, reasons: reasons, now: now)
        return .accepted
    }

    /// Whether this batch has made a record already, which is no older than the profile is now and shows all of it.
    private func hasRecord(_ key: ResumeMark.Key) -> Bool {
        guard let index = profileIndex[key.profile], profiles[index].isDirty,
            catalog.policies.contains(where: { $0.id == key.mergePolicy && $0.identityGraph != .none })
        else { return false }
        return plan.outbox.contains {
            $0.dataflow == key.dataflow && $0.profile == key.profile && $0.mergePolicy == key.mergePolicy
        }
    }

    /// What was settled of two profiles, before they become one, was settled of those alone, and of whom they absorbed by
    /// then.
    mutating func settleBeforeMerge(of one: Int, and other: Int) {
        guard !plan.settledMarks.isEmpty else { return }
        func place(_ key: ResumeMark.Key) -> Int? { profileIndex[key.profile].map(root) }
        let settled = Set(plan.settledMarks.filter { place($0) == one || place($0) == other })
        guard !settled.isEmpty else { return }
        plan.settledMarks.removeAll { settled.contains($0) }
        for (profile, index) in profileIndex where root(index) == one || root(index) == other {
            for var key in settled where place(key) == root(index) {
                key.profile = profile
                plan.marksSettledBeforeMerges.insert(key)
            }
        }
    }

    /// Marks of this very batch go to whoever absorbed their profiles.
    func following(_ marks: [ResumeMark.Key: TriggerReasons]) -> [ResumeMark.Key: TriggerReasons] {
        var followed: [ResumeMark.Key: TriggerReasons] = [:]
        for (key, reasons) in marks { followed[following(key), default: []].formUnion(reasons) }
        return followed
    }

    /// The mark of the profile that stands for a mark's profile after the merges of this batch.
    func following(_ key: ResumeMark.Key) -> ResumeMark.Key {
        var key = key
        if let index = profileIndex[key.profile] { key.profile = profiles[root(index)].state.id }
        return key
    }
}

extension Input.Cause {
    /// The mark that it is about.
    public var mark: ResumeMark? {
        guard case .reconcile(let mark) = self else { return nil }
        return mark
    }
}
