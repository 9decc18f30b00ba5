import ActivationCore

extension ReferenceModel {
    /// Tells a dataflow of a person who was a member of audiences when they were taken out of it (BEHAVIOUR 3.9).
    ///
    /// The records show those audiences as if they were mapped still, behind those that are.
    ///
    /// - Returns: Records made.
    mutating func tellOfExits(
        of number: Int,
        _ order: ReferenceBackfill,
        to flow: ReferenceFlow,
        onlyOf identities: Set<Identity>? = nil
    ) -> Int {
        guard var person = persons[number], !person.isWithheld(from: flow.id) else { return 0 }
        person.forgetExits(at: now)
        person.revision = catalog.revision(after: person.revision)
        person.seenUntil = now
        var former = flow
        former.mappings += order.unmapped.filter { gone in
            !flow.mappings.contains { $0.audience == gone.audience }
        }
        var records = 0
        for policy in catalog.policiesByID {
            for view in person.seen(by: policy) {
                if let identities, policy.linksNobody, identities.isDisjoint(with: view.identities) { continue }
                let told = order.unmapped.map(\.audience).filter { isToldOf($0, view, flow, order) }
                guard told.contains(where: { catalog.policy(evaluating: $0) == policy.id }) else { continue }
                let (shown, change) = self.shown(view, exitedFrom: told)
                append(shown, former, policy, ReferenceCall(reasons: .unmapped), change, lane: .backfill, at: now)
                records += 1
            }
        }
        guard records > 0 else { return 0 }
        touched.insert(number)
        persons[number] = person
        noteTold()
        changedAt = max(changedAt, now)
        return records
    }

    private func shown(
        _ person: ReferencePerson,
        exitedFrom audiences: [Audience.ID]
    ) -> (ReferencePerson, ReferenceChange) {
        var shown = person
        var change = ReferenceChange()
        for audience in audiences {
            // Who has left by himself is shown with the time of that.
            if person.isRealized(audience) {
                shown.memberships[audience] = ReferenceMembership(isRealized: false, instant: now)
            }
            change.statusChanges.updateValue(ReferenceMembership(isRealized: true, instant: now), forKey: audience)
        }
        return (shown, change)
    }

    /// Whether somebody stands in an audience, or has left it since, so that a dataflow must be told of the exit.
    func isToldOf(
        _ audience: Audience.ID,
        _ person: ReferencePerson,
        _ flow: ReferenceFlow,
        _ order: ReferenceBackfill
    ) -> Bool {
        guard flow.options.emitsUnmapping, let membership = person.memberships[audience],
            let ordered = orderedAt[order.number],
            !membership.isForgotten(at: now)
        else { return false }
        // Leaving before the unmapping was told when it happened.
        guard membership.isRealized || membership.instant > ordered else { return false }
        guard let again = flow.mappings.first(where: { $0.audience == audience }) else { return true }
        // Nobody says of a member of a mapped audience that he left. When it was mapped is known by the second.
        return !membership.isRealized && membership.instant / 1_000 <= again.createdAt / 1_000
    }
}
