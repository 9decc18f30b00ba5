import ActivationCore

/// A turn in a backfill that somebody is owed who absorbed another before that one had it (BEHAVIOUR 3.8).
struct ReferenceOwedTurn: Hashable {
    var person: Int
    var backfill: Int
    var flow: Dataflow.ID
    /// Of the records that it will make.
    var reasons: TriggerReasons
}

/// A turn that is over for a person and was still to come for those whom they absorbed.
struct ReferenceOverdueTurn {
    var order: ReferenceBackfill
    /// The identities of those.
    var identities: Set<Identity>
}

extension ReferenceChange {
    /// Notes a turn that one who was absorbed does not have any more.
    mutating func note(_ order: ReferenceBackfill, overdueOf other: ReferencePerson) {
        if let known = overdue.firstIndex(where: { $0.order == order }) {
            overdue[known].identities.formUnion(other.identities)
        } else {
            overdue.append(ReferenceOverdueTurn(order: order, identities: Set(other.identities)))
        }
    }
}

extension ReferenceModel {
    /// Whether a person has standings in audiences of a policy that an order to export members is about.
    func wants(
        _ order: ReferenceBackfill,
        _ person: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy
    ) -> Bool {
        !wanted(by: order, person, flow, policy).isEmpty
    }

    /// Those audiences.
    func wanted(
        by order: ReferenceBackfill,
        _ person: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy
    ) -> [Audience.ID] {
        flow.mappings.map(\.audience).filter { audience in
            guard catalog.policy(evaluating: audience) == policy.id, person.isRealized(audience),
                let instant = person.memberships[audience]?.instant
            else { return false }
            return order.audiences?.contains(audience) ?? true && instant >= order.since ?? .min
                && instant <= orderedAt[order.number] ?? .min
        }
    }

    /// Whether a turn of a person would make a record now.
    func wants(_ order: ReferenceBackfill, _ person: ReferencePerson, _ flow: ReferenceFlow) -> Bool {
        !person.isWithheld(from: flow.id)
            && catalog.policies.contains { policy in
                person.seen(by: policy).contains { view in
                    guard !order.unmapped.isEmpty else { return wants(order, view, flow, policy) }
                    return order.unmapped.contains {
                        catalog.policy(evaluating: $0.audience) == policy.id && isToldOf($0.audience, view, flow, order)
                    }
                }
            }
    }

    /// Notes what backfills owe somebody who becomes one with another, before it is done.
    ///
    /// Of whom the place of an order has passed the turn is over; who has just been made is behind all others.
    mutating func passTurns(of other: ReferencePerson, to survivor: Int, change: inout ReferenceChange) {
        for order in catalog.backfills.sorted(by: { $0.number < $1.number }) where order.wish != .cancelled {
            let place = places[order.number] ?? 0
            guard other.number > place, let flow = catalog.flows.first(where: { $0.id == order.flow }),
                wants(order, other, flow)
            else { continue }
            if survivor <= place, flow.isEnabled {
                change.note(order, overdueOf: other)
            } else {
                let reasons: TriggerReasons = order.unmapped.isEmpty ? .backfill : .unmapped
                owed.insert(
                    ReferenceOwedTurn(person: survivor, backfill: order.number, flow: flow.id, reasons: reasons)
                )
            }
        }
    }

    /// Exports somebody who absorbed a member, where the message itself calls for no record.
    mutating func exportOverdue(
        _ person: ReferencePerson,
        _ flow: ReferenceFlow,
        _ policy: ReferencePolicy,
        _ change: ReferenceChange,
        at instant: Int64
    ) {
        let overdue = change.overdue.first { turn in
            turn.order.flow == flow.id && turn.order.unmapped.isEmpty && wants(turn.order, person, flow, policy)
        }
        guard let overdue, !person.isWithheld(from: flow.id) else { return }
        overdueRecords += 1
        append(
            person,
            flow,
            policy,
            ReferenceCall(reasons: .backfill),
            change,
            lane: .backfill,
            turnIn: overdue.order,
            at: instant
        )
    }

    /// Tells of the exits of somebody who absorbed a member of unmapped audiences, after what the message itself made.
    mutating func tellOfOverdueExits(of number: Int, _ change: ReferenceChange) {
        for turn in change.overdue where !turn.order.unmapped.isEmpty {
            guard let flow = catalog.flows.first(where: { $0.id == turn.order.flow }) else { continue }
            overdueRecords += tellOfExits(of: number, turn.order, to: flow, onlyOf: turn.identities)
        }
    }

    /// A turn that a person is owed, if its time has come: when the order's place has passed the person, also by its end.
    ///
    /// - Returns: Whether it is done with, and the records made; nil when the person is owed none.
    mutating func takeOwedTurn(of number: Int, in backfill: Int, clock: Int64) -> (isDone: Bool, records: Int)? {
        now = max(now, clock)
        guard let turn = owed.first(where: { $0.backfill == backfill && $0.person == number }) else { return nil }
        guard let flow = catalog.flows.first(where: { $0.id == turn.flow }), flow.isEnabled else { return (false, 0) }
        guard let order = catalog.backfill(backfill), order.wish != .cancelled else {
            owed.remove(turn)
            return (true, 0)
        }
        guard order.wish == .running, number <= places[backfill] ?? 0 else { return (false, 0) }
        return (true, giveTurn(to: number, in: order, flow))
    }

    /// No more turns come in a backfill.
    mutating func endBackfill(_ backfill: Int) { places[backfill] = .max }
}
