import ActivationCore

extension ReferenceModel {
    /// Enters something in the books, of all records and of those that tell of each audience.
    mutating func enter(_ counters: DataflowCounters, _ flow: Dataflow.ID, _ told: Set<Audience.ID>) {
        books[flow, default: DataflowCounters()] += counters
        for audience in told { audienceBooks[flow, default: [:]][audience, default: DataflowCounters()] += counters }
    }

    /// The mapped audiences of which a record tells (BEHAVIOUR 1.11): who entered or left, of whom the turn is about, or
    /// all with a standing where any may have changed since the last record.
    func told(
        _ person: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ call: ReferenceCall,
        _ change: ReferenceChange,
        _ lane: OutboxLane,
        _ order: ReferenceBackfill?
    ) -> Set<Audience.ID> {
        let mapped = Set(flow.mappings.map(\.audience).filter { catalog.policy(evaluating: $0) == policy.id })
        if lane == .live || call.reasons.contains(.unmapped) {
            return mapped.intersection(change.statusChanges.keys)
        }
        if let order { return Set(wanted(by: order, person, flow, policy)) }
        guard !call.reasons.isDisjoint(with: [.membership, .replay, .consent]) else { return [] }
        return mapped.intersection(person.memberships.keys)
    }
}
