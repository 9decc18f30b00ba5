/// Why a change of a profile called for a record of a dataflow, or did not: change detection applied once more to what is
/// stored (BEHAVIOUR 3.2, 5.11).
///
/// It is by the dataflow as it is configured now. What the change made of values and identities is not kept, so that some
/// answers depend on it (``Answer/mayCall``).
public struct ChangeReplay: Sendable, Equatable {
    /// What a part of the change means to the dataflow.
    public enum Answer: String, Sendable, CaseIterable {
        /// It calls for a record.
        case calls
        /// It calls for a record if a value, or the identities that are shown, became others by it.
        case mayCall
        /// A value, or the identities that are shown, would have had to become others by it.
        case unchanged
        /// The profile is in none of the dataflow's audiences.
        case notMember
        /// None of the audiences is mapped.
        case audienceNotMapped
        /// Those that are were mapped after the change.
        case audienceMappedLater
        /// None of the attributes is mapped.
        case attributeNotMapped
        /// The mapped ones never call for a record.
        case attributeNeverCalls
        /// The merge policy does not use the dataset.
        case datasetNotUsed
        /// The dataflow has this trigger switched off.
        case triggerOff
        /// Nobody entered or left an audience by it.
        case noStatusChange
        /// Nothing is known of it but that the revision is another.
        case nothingChanged
        /// The dataflow may not tell of the profile: it has not consented to what that is for.
        case withheld
        /// The operator's rules leave the profile out.
        case profileExcluded
        /// It is a record that a backfill asks for, or that makes up for others.
        case turn
    }

    /// A part of the change.
    public enum Part: String, Sendable, CaseIterable {
        /// Statuses in audiences.
        case audiences
        /// Identities.
        case identities
        /// An identity that left, of which a last record may be asked for.
        case departure
        /// Attributes.
        case attributes
        /// An event.
        case event
        /// Consent that the dataflow asks for.
        case consent
        /// Statements of external audiences.
        case statement
        /// The profile as a whole.
        case profile
    }

    /// What one part of the change means.
    public struct Finding: Sendable, Equatable {
        /// Which part.
        public var part: Part
        /// What it means.
        public var answer: Answer
    }

    /// The merge policy whose records they are.
    public var mergePolicy: MergePolicy.ID
    /// One for each part of the change.
    public var findings: [Finding]

    /// The reasons that hold for certain.
    public var reasons: TriggerReasons { reasons(.calls) }
    /// Those that hold if something became another.
    public var possibleReasons: TriggerReasons { reasons(.mayCall) }

    /// The same when it is known that no record was made: what may have called did not.
    public var withoutRecord: ChangeReplay {
        var settled = self
        for index in findings.indices where findings[index].answer == .mayCall {
            settled.findings[index].answer = .unchanged
        }
        return settled
    }

    private func reasons(_ answer: Answer) -> TriggerReasons {
        findings.reduce(into: TriggerReasons()) { reasons, finding in
            guard finding.answer == answer else { return }
            switch finding.part {
            case .audiences, .departure: reasons.insert(.membership)
            case .identities: reasons.insert(.identity)
            case .attributes: reasons.insert(.attribute)
            case .consent: reasons.insert(.consent)
            case .event, .statement, .profile: break
            }
        }
    }
}

/// Changes of one profile looked at as one dataflow sees them.
struct ChangeReplayer {
    let flow: CompiledDataflow
    let catalog: Catalog
    let paths: PathDictionary
    /// The profile as it is now.
    let state: ProfileState
    /// The changes, the oldest first.
    let changes: [TracedChange]

    /// What a change meant, once for each merge policy of the dataflow.
    func replays(of index: Int) -> [ChangeReplay] {
        flow.groups.map { group in
            ChangeReplay(mergePolicy: catalog.policies[group.policy].id, findings: findings(of: index, in: group))
        }
    }

    private func findings(of index: Int, in group: CompiledDataflow.PolicyGroup) -> [ChangeReplay.Finding] {
        let change = changes[index]
        let kinds = change.kinds
        guard !kinds.contains(.excluded) else { return [.init(part: .profile, answer: .profileExcluded)] }
        guard !kinds.contains(.turn) else { return [.init(part: .profile, answer: .turn)] }
        var findings: [ChangeReplay.Finding] = []
        // Who is withheld is told of by itself.
        if change.statusCount > change.statuses.count(where: \.audience.isOfWithheld) {
            findings.append(.init(part: .audiences, answer: statuses(of: change, in: group)))
        } else if kinds.contains(.event) || kinds.contains(.statement) {
            findings.append(.init(part: kinds.contains(.event) ? .event : .statement, answer: .noStatusChange))
        }
        if kinds.contains(.identities) {
            findings.append(.init(part: .identities, answer: identities(of: index, in: group)))
        }
        // What the identity was alone goes with it.
        if kinds.contains(.reordered), isAlone(group), flow.dataflow.options.emitsDeletes {
            findings.append(.init(part: .departure, answer: .mayCall))
        }
        if kinds.contains(.attributes) {
            findings.append(.init(part: .attributes, answer: attributes(of: index, in: group)))
        }
        findings = consented(findings, of: index, in: group)
        if findings.isEmpty { findings.append(.init(part: .profile, answer: .nothingChanged)) }
        return findings
    }

    /// What is found, of a dataflow that asks for consent.
    ///
    /// A change of consent, or profiles that become one or two, may make it see other changes than there were.
    private func consented(
        _ findings: [ChangeReplay.Finding],
        of index: Int,
        in group: CompiledDataflow.PolicyGroup
    ) -> [ChangeReplay.Finding] {
        guard flow.asksConsent else { return findings }
        let change = changes[index]
        let withheld = flow.dataflow.id.withheld
        let isWithheld = isMember(of: withheld, after: index, at: nil)
        let mayDiffer =
            isWithheld == nil || change.statuses.contains { $0.audience == withheld }
            || change.statusCount > change.statuses.count || change.kinds.contains(.merged)
            || change.kinds.contains(.created) && isAlone(group)
        let departures = findings.filter { $0.part == .departure }
        guard mayDiffer else {
            return isWithheld == true ? departures + [.init(part: .profile, answer: .withheld)] : findings
        }
        let uncertain = findings.map { finding in
            ChangeReplay.Finding(part: finding.part, answer: finding.answer == .calls ? .mayCall : finding.answer)
        }
        return (isWithheld == true ? departures : uncertain) + [.init(part: .consent, answer: .mayCall)]
    }

    private func isAlone(_ group: CompiledDataflow.PolicyGroup) -> Bool { catalog.isUnlinked(policy: group.policy) }

    /// The answer of a trigger that would call.
    private func answer(_ answer: ChangeReplay.Answer, to trigger: TriggerReasons) -> ChangeReplay.Answer {
        flow.dataflow.options.triggers.contains(trigger) ? answer : .triggerOff
    }

    /// T1, which has no gate.
    private func statuses(of change: TracedChange, in group: CompiledDataflow.PolicyGroup) -> ChangeReplay.Answer {
        let mapped = change.statuses.filter { status in
            (status.place != nil) == isAlone(group) && isMapped(status.audience, in: group)
        }
        let concerns = mapped.contains { status in
            mappings(of: group, at: change).contains { catalog.audiences[$0.audience].definition.id == status.audience }
        }
        if concerns { return answer(.calls, to: .membership) }
        if change.statusCount > change.statuses.count { return answer(.mayCall, to: .membership) }
        return mapped.isEmpty ? .audienceNotMapped : .audienceMappedLater
    }

    private func isMapped(_ audience: Audience.ID, in group: CompiledDataflow.PolicyGroup) -> Bool {
        catalog.audienceIndex[audience].map { group.isMapped.contains($0) } ?? false
    }

    /// The audiences that were mapped at a change; when one was is known by the second.
    private func mappings(
        of group: CompiledDataflow.PolicyGroup,
        at change: TracedChange
    ) -> [CompiledDataflow.Mapped] {
        group.mapped.filter { $0.mapping.createdAt <= change.at }
    }

    /// T2.
    private func identities(of index: Int, in group: CompiledDataflow.PolicyGroup) -> ChangeReplay.Answer {
        let change = changes[index]
        guard !isAlone(group) else {
            // Of an identity by itself nothing is another but that it is new, and who is new is a member by this change alone.
            let mayBeNew =
                change.statusCount > change.statuses.count
                || change.statuses.contains { $0.place != nil && $0.before == nil && isMapped($0.audience, in: group) }
            return mayBeNew ? answer(.mayCall, to: .identity) : .notMember
        }
        switch isMember(after: index, at: nil, in: group) {
        case false: return .notMember
        case true where flow.namespaceFilter == nil: return answer(.calls, to: .identity)
        default: return answer(.mayCall, to: .identity)
        }
    }

    /// T3.
    private func attributes(of index: Int, in group: CompiledDataflow.PolicyGroup) -> ChangeReplay.Answer {
        let change = changes[index]
        guard catalog.rankings[group.policy].uses(change.dataset) else { return .datasetNotUsed }
        let written = flow.attributes.filter { attribute in
            change.paths.contains { paths.isPrefix($0, of: attribute.path) || paths.isPrefix(attribute.path, of: $0) }
        }
        let isComplete = change.paths.count == change.pathCount
        let hasEnded = change.kinds.contains(.ended)
        let isCertain = !hasEnded && written.contains { $0.export == .anyWrite }
        if !isCertain, isComplete, !hasEnded {
            if written.isEmpty { return .attributeNotMapped }
            if written.allSatisfy({ $0.export == .never }) { return .attributeNeverCalls }
        }
        // Several identities may have stated what went.
        guard !hasEnded || !isAlone(group) else { return answer(.mayCall, to: .attribute) }
        switch isMember(after: index, at: isAlone(group) ? change.place : nil, in: group) {
        case false: return .notMember
        case true where isCertain: return answer(.calls, to: .attribute)
        default: return answer(.mayCall, to: .attribute)
        }
    }

    /// Whether the profile, or one of its identities by itself, was a member of a mapped audience after a change; nil = that
    /// is not known.
    private func isMember(after index: Int, at place: Int?, in group: CompiledDataflow.PolicyGroup) -> Bool? {
        var isKnown = true
        for mapped in mappings(of: group, at: changes[index]) {
            switch isMember(of: catalog.audiences[mapped.audience].definition.id, after: index, at: place) {
            case true: return true
            case nil: isKnown = false
            default: break
            }
        }
        return isKnown ? false : nil
    }

    private func isMember(of audience: Audience.ID, after index: Int, at place: Int?) -> Bool? {
        for later in changes[(index + 1)...] {
            if place != nil, later.kinds.contains(.reordered) { return nil }
            if let status = later.statuses.first(where: { $0.audience == audience && $0.place == place }) {
                return status.before == .realized
            }
            if later.statusCount > later.statuses.count { return nil }
        }
        guard let place else { return state.membership(in: audience)?.status == .realized }
        guard state.identities.indices.contains(place) else { return nil }
        return state.identities[place].memberships.contains { $0.audience == audience && $0.status == .realized }
    }
}
