import ActivationCore

extension ReferenceModel {
    /// What a change of a person makes for every dataflow (BEHAVIOUR 3.2, 3.17).
    mutating func export(_ person: ReferencePerson, _ change: ReferenceChange, at instant: Int64) {
        let singles = catalog.hasSingles ? person.singles : []
        for flow in catalog.flows {
            // Within a revision by the ids of the policies (BEHAVIOUR 3.16).
            for policy in catalog.policiesByID {
                for single in change.singles.left(person) where policy.linksNobody {
                    appendLast(single, flow, policy, at: instant)
                }
                for view in policy.linksNobody ? singles : [person] {
                    if exportWithheld(view, flow, policy, change, at: instant) { continue }
                    let seen = consented(view, flow, policy, change)
                    let own = seen?.change ?? change.of(view)
                    let call = call(own, flow, policy, view, seen?.reasons)
                    guard !call.reasons.isEmpty else {
                        exportOverdue(view, flow, policy, own, at: instant)
                        continue
                    }
                    append(view, flow, policy, call, own, at: instant)
                }
            }
        }
    }

    /// Makes one record, or counts why not and notes that it is missing.
    ///
    /// The partition key is made of the person, or of another state of theirs.
    mutating func append(
        _ person: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ call: ReferenceCall,
        _ change: ReferenceChange = ReferenceChange(),
        lane: OutboxLane = .live,
        turnIn order: ReferenceBackfill? = nil,
        keyOf before: ReferencePerson? = nil,
        isGone: Bool = false,
        at instant: Int64
    ) {
        let told = told(person, flow, policy, call, change, lane, order)
        enter(DataflowCounters(triggered: 1), flow.id, told)
        let mark = ReferenceMark(person: person.number, policy: policy.id)
        guard flow.isEnabled else {
            enter(DataflowCounters(suppressedDisabled: 1), flow.id, told)
            // Nothing is missing of somebody who is gone.
            if !isGone { marks[flow.id, default: [:]][mark, default: []].formUnion(call.reasons) }
            return
        }
        // Of a policy that links nobody others may be behind it too.
        if person.place == nil, flow.options.membershipScope != .changed { marks[flow.id]?[mark] = nil }
        if before == nil, catalog.consents[flow.id] != nil { newlyTold.append((person.number, flow.id)) }
        let record = ReferenceRecord(
            catalog: catalog,
            flow: flow,
            policy: policy,
            person: before == nil ? person.consented(to: flow.id) : person,
            change: change,
            call: call,
            lane: lane,
            instant: instant
        )
        rows[flow.id, default: []].append(
            ReferenceRow(
                maker: person.number,
                person: person.number,
                policy: policy.id,
                revision: person.revision,
                lane: lane,
                reasons: call.reasons,
                partitionKey: record.partitionKey(of: before ?? person),
                payload: record.payload,
                place: moves[flow.id] ?? 0,
                admittedAt: instant,
                told: told
            )
        )
    }

    /// Why a record is called for, if it is, and which mapped attributes were written.
    private func call(
        _ change: ReferenceChange,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ person: ReferencePerson,
        _ consented: TriggerReasons?
    ) -> ReferenceCall {
        let mapped = flow.mappings.filter { catalog.policy(evaluating: $0.audience) == policy.id }
        var call = ReferenceCall(reasons: [])
        if mapped.contains(where: { change.statusChanges.keys.contains($0.audience) }) {
            call.reasons.insert(.membership)
        }
        let isMember = mapped.contains { person.isRealized($0.audience) }
        if isMember, change.hasIdentityChange, changesIdentities(change, flow, person) {
            call.reasons.insert(.identity)
        }
        // Only datasets that the policy merges say anything (BEHAVIOUR 3.15).
        for attribute in flow.attributes where policy.uses(change.dataset) {
            let path = ReferencePath(attribute.path)
            guard change.endsDataset || change.written.contains(where: { path.covers($0) || $0.covers(path) }) else {
                continue
            }
            switch flow.export(of: attribute) {
            case .anyWrite where !change.endsDataset: if isMember { call.reasons.insert(.attribute) }
            case .never where !change.endsDataset: break
            // What goes with its dataset nobody has written.
            case .valueChange, .anyWrite, .never:
                let before = change.before.flatMap { flow.value(at: path, of: $0.view(policy)) }
                if before == flow.value(at: path, of: person.view(policy)) { continue }
                if isMember, flow.export(of: attribute) != .never { call.reasons.insert(.attribute) }
            }
            call.written.append(attribute.destination)
        }
        if let consented { call.reasons = call.reasons.subtracting(.membership).union(consented) }
        call.reasons.formIntersection(flow.options.triggers.union(.consent))
        return call
    }

    /// Whether identities changed that the dataflow shows.
    private func changesIdentities(
        _ change: ReferenceChange,
        _ flow: ReferenceFlow,
        _ person: ReferencePerson
    ) -> Bool {
        if case .all = flow.options.identityNamespaces { return true }
        return Set((change.before?.identities ?? []).filter(flow.shows)) != Set(person.identities.filter(flow.shows))
    }
}
