import ActivationCore

extension ReferenceModel {
    /// Deletes the person who has an identity, with all records that wait (BEHAVIOUR 3.11).
    mutating func delete(_ identity: Identity, onReturn: DecisionOptions.ReturnRule?) -> ReferenceCommand.Outcome {
        guard let number = owners[identity] else { return .unknown }
        runClock(person: number)
        guard var person = persons.removeValue(forKey: number) else { return .unknown }
        touched.insert(number)
        for identity in person.identities {
            owners[identity] = nil
            released.insert(identity)
        }
        for (flow, waiting) in rows {
            rows[flow] = waiting.filter { $0.person != number }
            let dropped = waiting.count - (rows[flow]?.count ?? 0)
            books[flow, default: DataflowCounters()].suppressedDeleted += Int64(dropped)
        }
        forgetMarks(of: number)
        person.revision += 1
        changedAt = max(changedAt, now)
        exportDeletion(of: person)
        if onReturn ?? erasedReturn == .refuse { suppress(person) }
        return .deleted(ReferenceCommand.Outcome.Part(person))
    }

    /// A last record for each dataflow that wants one and in whose mapped audiences the person is, or was lately.
    private mutating func exportDeletion(of person: ReferencePerson) {
        var last = person
        last.attributes = ReferenceAttributes()
        last.forgetExits(at: now)
        let entered = Set(last.memberships.keys)
        var change = ReferenceChange()
        for (audience, membership) in last.memberships where membership.isRealized {
            last.memberships[audience] = ReferenceMembership(isRealized: false, instant: now)
            change.statusChanges.updateValue(membership, forKey: audience)
        }
        for flow in catalog.flows where flow.options.emitsDeletes {
            for policy in catalog.policiesByID {
                let mapped = flow.mappings.filter { catalog.audience($0.audience)?.policy == policy.id }
                guard mapped.contains(where: { entered.contains($0.audience) }) else { continue }
                // It goes where the records before it went.
                append(last, flow, policy, ReferenceCall(reasons: .membership), change, keyOf: person, at: now)
            }
        }
    }
}
