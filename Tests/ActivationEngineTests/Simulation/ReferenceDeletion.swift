import ActivationCore

extension ReferenceModel {
    /// Deletes the person who has an identity, with all records that wait (BEHAVIOUR 3.11).
    mutating func delete(_ identity: Identity, onReturn: DecisionOptions.ReturnRule?) -> ReferenceCommand.Outcome {
        guard let number = owners[identity] else { return .unknown }
        runClock(person: number)
        guard var person = persons.removeValue(forKey: number) else { return .unknown }
        touched.insert(number)
        count([person], became: nil)
        for identity in person.identities {
            owners[identity] = nil
            released.insert(identity)
        }
        for (flow, waiting) in rows {
            rows[flow] = waiting.filter { $0.person != number }
            for row in waiting where row.person == number {
                enter(DataflowCounters(suppressedDeleted: 1), flow, row.told)
            }
        }
        forgetMarks(of: number)
        eraseLetters(of: number)
        person.revision = catalog.revision(after: person.revision)
        changedAt = max(changedAt, now)
        for flow in catalog.flows {
            for policy in catalog.policiesByID {
                for view in person.seen(by: policy) { appendLast(view, flow, policy, isErased: true, at: now) }
            }
        }
        if onReturn ?? erasedReturn == .refuse { suppress(person) }
        return .deleted(ReferenceCommand.Outcome.Part(person))
    }

    /// The last record of a person who goes, or of an identity by itself, if the dataflow wants one and they are in one of
    /// its audiences or were lately: of those that are mapped, or were and it is told of that.
    mutating func appendLast(
        _ view: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        isErased: Bool = false,
        at instant: Int64
    ) {
        guard flow.options.emitsDeletes else { return }
        if view.isWithheld(from: flow.id) {
            // Of an identity that leaves, or to a dataflow that never was told, nothing is said.
            guard isErased, view.consents[flow.id]?.instant != 0 else { return }
        }
        var last = view
        last.attributes = ReferenceAttributes()
        last.forgetExits(at: instant)
        let entered = Set(last.memberships.keys)
        var change = ReferenceChange()
        for (audience, membership) in last.memberships where membership.isRealized {
            last.memberships[audience] = ReferenceMembership(isRealized: false, instant: instant)
            change.statusChanges.updateValue(membership, forKey: audience)
        }
        let flow = formerly(flow)
        let mapped = flow.mappings.filter { catalog.policy(evaluating: $0.audience) == policy.id }
        guard mapped.contains(where: { entered.contains($0.audience) }) else { return }
        // It goes where the records before it went.
        append(last, flow, policy, ReferenceCall(reasons: .membership), change, keyOf: view, isGone: true, at: instant)
    }
}
