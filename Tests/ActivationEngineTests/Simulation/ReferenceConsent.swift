import ActivationCore

/// The consent that a dataflow asks for, twice over: as PQL for the engine, as Swift for the model (BEHAVIOUR 9.5).
struct ReferenceConsent {
    enum Rule: CaseIterable {
        case saidYes
        case didNotSayNo
        case lasts
        /// It asks for none any more.
        case given
    }

    var rule: Rule
    /// The policy whose view it reads, which links identities.
    var policy: MergePolicy.ID
    /// Since when the dataflow has asked, by whichever rule.
    var askedSince: Int64
    var changedAt: Int64

    /// What somebody says of consent.
    static let paths = [ReferencePath("consent.val"), ReferencePath("consent.until")]

    var paths: [ReferencePath] {
        switch rule {
        case .saidYes, .didNotSayNo: [Self.paths[0]]
        case .lasts: [Self.paths[1]]
        case .given: []
        }
    }

    private var pql: String {
        switch rule {
        case .saidYes: #"consent.val = "y""#
        case .didNotSayNo: #"not (consent.val = "n")"#
        case .lasts: "consent.until occurs >= 0 seconds after now"
        case .given: "1 = 1"
        }
    }

    /// As the engine is told.
    func definition(of flow: Dataflow.ID) throws -> AudienceDefinition {
        .withheld(
            from: flow,
            unless: try PQLExpression(parsing: pql),
            mergePolicy: policy,
            askedSince: Timestamp(milliseconds: askedSince),
            changedAt: Timestamp(milliseconds: changedAt)
        )
    }

    /// Whether somebody consents at an instant.
    func isGiven(_ view: ReferenceView, at now: Int64) -> Bool {
        switch rule {
        case .saidYes: view.text("consent.val") == #""y""#
        case .didNotSayNo: view.text("consent.val") != #""n""#
        case .lasts: view.instant("consent.until").map { now <= $0 } ?? false
        case .given: true
        }
    }

    /// Every instant after one and until another at which the clock may change the answer.
    func instants(_ view: ReferenceView, after last: Int64, until now: Int64) -> [Int64] {
        guard rule == .lasts, let until = view.instant("consent.until") else { return [] }
        return [until + 1].filter { last < $0 && $0 <= now }
    }
}

/// How a dataflow sees a person who has, or had, not consented to be told of.
private struct ReferenceWithholding {
    /// Those who are part of the person now, as they stood before the input.
    var parts: [ReferencePerson]
    var flow: Dataflow.ID
    /// Since when the dataflow has asked.
    var askedSince: Int64

    /// Who was not withheld.
    var open: [ReferencePerson] { parts.filter { !$0.isWithheld(from: flow) } }

    /// Of whom it may have been told by a mapping: before it asked, or as of ones who consented.
    func known(by mapping: ReferenceFlow.Mapping) -> [ReferencePerson] {
        parts.filter { part in
            part.consents[flow].map { !$0.isRealized }
                ?? (mapping.precedesConsent || mapping.createdAt / 1_000 < askedSince / 1_000)
        }
    }

    /// Since when it was told of nobody of them.
    var since: Int64? {
        parts.filter { $0.isWithheld(from: flow) }.compactMap { $0.consents[flow]?.instant }.min()
    }
}

extension ReferencePerson {
    /// Whether a dataflow may not tell of the person.
    func isWithheld(from flow: Dataflow.ID) -> Bool { consents[flow]?.isRealized ?? false }

    /// The person as a dataflow shows one who gave consent again: a member since then at the earliest.
    func consented(to flow: Dataflow.ID) -> ReferencePerson {
        guard let consent = consents[flow], !consent.isRealized else { return self }
        var shown = self
        for (audience, membership) in memberships where membership.isRealized {
            shown.memberships[audience]?.instant = max(membership.instant, consent.instant)
        }
        return shown
    }
}

extension ReferenceModel {
    /// Notes from which dataflows a person is withheld at an instant.
    func decideConsent(of person: inout ReferencePerson, at instant: Int64, change: inout ReferenceChange) {
        for (flow, consent) in catalog.consents {
            let isWithheld = !consent.isGiven(person.view(catalog.policy(consent.policy)), at: instant)
            if isWithheld != person.isWithheld(from: flow) {
                person.consents[flow] = ReferenceMembership(isRealized: isWithheld, instant: instant)
                change.consents.insert(flow)
            }
        }
        for (flow, consent) in catalog.consents {
            let withholding = ReferenceWithholding(
                parts: change.parts.isEmpty ? [ReferencePerson(number: 0, createdAt: 0)] : change.parts,
                flow: flow,
                askedSince: consent.askedSince
            )
            let open = withholding.open
            guard !open.isEmpty else { continue }
            defer {
                if person.isWithheld(from: flow), let mapped = catalog.flows.first(where: { $0.id == flow }),
                    !formerly(mapped).mappings.contains(where: { mapping in
                        catalog.policy(evaluating: mapping.audience) != nil && !withholding.known(by: mapping).isEmpty
                    })
                {
                    // It never was told of.
                    person.consents[flow] = ReferenceMembership(isRealized: true, instant: 0)
                }
            }
            guard change.parts.count > 1 else { continue }
            if person.isWithheld(from: flow) {
                person.consents[flow] = ReferenceMembership(isRealized: true, instant: instant)
            } else {
                person.consents[flow] = open.compactMap { $0.consents[flow] }.max { $0.instant < $1.instant }
            }
        }
    }

    /// A dataflow as if the audiences were mapped still that it is told of as taken out.
    func formerly(_ flow: ReferenceFlow) -> ReferenceFlow {
        var flow = flow
        let orders = catalog.backfills.filter {
            $0.flow == flow.id && $0.wish != .cancelled && flow.options.emitsUnmapping
        }
        for gone in orders.sorted(by: { $0.number < $1.number }).flatMap(\.unmapped)
        where !flow.mappings.contains(where: { $0.audience == gone.audience }) {
            flow.mappings.append(gone)
        }
        return flow
    }

    /// Notes whom dataflows that ask for consent were told of.
    mutating func noteTold() {
        for (number, flow) in newlyTold where persons[number] != nil && persons[number]?.consents[flow] == nil {
            persons[number]?.consents[flow] = ReferenceMembership(isRealized: false, instant: 0)
        }
        newlyTold = []
    }

    /// What waits of somebody for a dataflow that may not tell of them any more never leaves.
    mutating func withdraw(_ person: ReferencePerson, _ change: ReferenceChange) {
        for flow in catalog.consents.keys where person.isWithheld(from: flow) {
            guard change.parts.contains(where: { !$0.isWithheld(from: flow) }) else { continue }
            withdrawals += 1
            for row in rows[flow] ?? [] where row.person == person.number {
                enter(DataflowCounters(suppressedDeleted: 1), flow, row.told)
            }
            rows[flow]?.removeAll { $0.person == person.number }
            for letter in letters[flow] ?? [] where letter.person == person.number {
                enter(DataflowCounters(erased: 1), flow, letter.told)
            }
            letters[flow]?.removeAll { $0.person == person.number }
        }
    }

    /// Those who are part of what a policy sees now, as they stood before the input.
    private func parts(_ view: ReferencePerson, _ change: ReferenceChange) -> [ReferencePerson] {
        guard view.place != nil else { return change.parts }
        // Of a person who has become two each identity stood where the one stood.
        if let one = change.splitFrom { return [one] }
        let own = change.parts.filter { !Set($0.identities).isDisjoint(with: view.identities) }
        return own.isEmpty ? change.parts : own
    }

    /// What the dataflow was told of a standing before the input, if of any.
    private func told(
        of mapping: ReferenceFlow.Mapping,
        _ view: ReferencePerson,
        _ own: ReferenceChange,
        _ withholding: ReferenceWithholding
    ) -> ReferenceMembership? {
        let (audience, known) = (mapping.audience, withholding.known(by: mapping))
        guard view.place == nil else {
            guard !known.isEmpty else { return nil }
            if let before = own.statusChanges[audience] { return before }
            return view.memberships[audience]
        }
        return known.compactMap { $0.memberships[audience] }
            .reduce(nil) { best, next in best.map { $0.united(with: next) } ?? next }
    }

    /// The last record that a dataflow has of who is withheld from it from now on.
    ///
    /// - Returns: Whether they are withheld, so that nothing else is told of them.
    mutating func exportWithheld(
        _ view: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ change: ReferenceChange,
        at instant: Int64
    ) -> Bool {
        guard view.isWithheld(from: flow.id) else { return false }
        guard let consent = catalog.consents[flow.id] else { return true }
        let withholding = ReferenceWithholding(
            parts: parts(view, change),
            flow: flow.id,
            askedSince: consent.askedSince
        )
        guard !withholding.open.isEmpty || withholding.parts.isEmpty else { return true }
        let own = change.of(view)
        let flow = formerly(flow)
        let mapped = flow.mappings.filter { catalog.policy(evaluating: $0.audience) == policy.id }
        var standings: [Audience.ID: ReferenceMembership] = [:]
        for mapping in mapped {
            guard let told = told(of: mapping, view, own, withholding), !told.isForgotten(at: instant) else {
                continue
            }
            standings[mapping.audience] = told
        }
        appendWithheld(view, flow, policy, ReferenceCall(reasons: .consent), standings, since: instant, at: instant)
        return true
    }

    /// The same of who was withheld while the dataflow was disabled, or whose last record is to be sent again.
    func isToldWithheld(_ view: ReferencePerson, _ flow: ReferenceFlow, _ policy: ReferencePolicy) -> Bool {
        !standingsTold(view, flow, policy).isEmpty
    }

    mutating func exportWithheldLate(
        _ view: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ call: ReferenceCall,
        lane: OutboxLane
    ) {
        appendWithheld(
            view,
            flow,
            policy,
            call,
            standingsTold(view, flow, policy),
            since: view.consents[flow.id]?.instant ?? now,
            lane: lane,
            at: now
        )
    }

    /// Who became a member while withheld was never told of.
    private func standingsTold(
        _ view: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy
    ) -> [Audience.ID: ReferenceMembership] {
        let since = view.consents[flow.id]?.instant ?? now
        guard since > 0 else { return [:] }
        let mapped = Set(flow.mappings.map(\.audience).filter { catalog.policy(evaluating: $0) == policy.id })
        return view.memberships.filter { audience, membership in
            mapped.contains(audience) && !membership.isForgotten(at: now)
                && (!membership.isRealized || membership.instant <= since)
        }
    }

    private mutating func appendWithheld(
        _ view: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ call: ReferenceCall,
        _ standings: [Audience.ID: ReferenceMembership],
        since: Int64,
        lane: OutboxLane = .live,
        at instant: Int64
    ) {
        guard !standings.isEmpty else { return }
        var (last, change) = (view, ReferenceChange())
        last.attributes = ReferenceAttributes()
        last.memberships = standings
        for (audience, standing) in standings where standing.isRealized {
            last.memberships[audience] = ReferenceMembership(isRealized: false, instant: since)
            change.statusChanges.updateValue(standing, forKey: audience)
        }
        append(last, flow, policy, call, change, lane: lane, keyOf: view, at: instant)
    }

    /// The change as a dataflow sees it that was not told of somebody, or of a part of them, before the input.
    ///
    /// - Returns: The change, and whether statuses, consent or both made it; nil = it is what happened.
    func consented(
        _ view: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ change: ReferenceChange
    ) -> (change: ReferenceChange, reasons: TriggerReasons)? {
        guard let consent = catalog.consents[flow.id] else { return nil }
        let withholding = ReferenceWithholding(
            parts: parts(view, change),
            flow: flow.id,
            askedSince: consent.askedSince
        )
        guard let since = withholding.since else { return nil }
        let own = change.of(view)
        var (seen, reasons) = (own, TriggerReasons())
        for mapping in flow.mappings where catalog.policy(evaluating: mapping.audience) == policy.id {
            let audience = mapping.audience
            let hasChanged = own.statusChanges.keys.contains(audience)
            seen.statusChanges[audience] = nil
            let told = told(of: mapping, view, own, withholding)
            guard view.isRealized(audience) != (told?.isRealized ?? false) else { continue }
            var before = told
            if before == nil, let present = view.memberships[audience], present.instant < since {
                before = ReferenceMembership(isRealized: false, instant: since)
            }
            seen.statusChanges.updateValue(before, forKey: audience)
            reasons.insert(hasChanged ? .membership : .consent)
        }
        return (seen, reasons)
    }
}
