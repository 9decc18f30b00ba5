import ActivationCore

/// Whose record is missing because a dataflow was disabled (BEHAVIOUR 3.10).
struct ReferenceMark: Hashable {
    var person: Int
    var policy: MergePolicy.ID
}

extension ReferenceModel {
    /// A person who became one with another leaves what is missing to that one.
    mutating func moveMarks(from person: Int, to survivor: Int) {
        for (flow, missing) in marks {
            for (mark, reasons) in missing where mark.person == person {
                marks[flow]?[mark] = nil
                let heir = ReferenceMark(person: survivor, policy: mark.policy)
                marks[flow]?[heir, default: []].formUnion(reasons)
            }
        }
        owed = Set(
            owed.map { turn in
                var turn = turn
                if turn.person == person { turn.person = survivor }
                return turn
            }
        )
    }

    /// Nothing is missing of a person any more.
    mutating func forgetMarks(of person: Int) {
        for (flow, missing) in marks { marks[flow] = missing.filter { $0.key.person != person } }
        owed = owed.filter { $0.person != person }
    }

    /// Nothing is missing of a dataflow any more.
    mutating func forgetMarks(of flow: Dataflow.ID) {
        marks[flow] = [:]
        owed = owed.filter { $0.flow != flow }
    }

    /// Makes the record that is missing, from the state of the moment, unless there is nothing to tell (BEHAVIOUR 3.10).
    ///
    /// - Returns: Whether there is a record.
    mutating func makeUp(for mark: ReferenceMark, of id: Dataflow.ID, clock: Int64) -> Bool {
        now = max(now, clock)
        guard let reasons = marks[id]?[mark],
            let flow = catalog.flows.first(where: { $0.id == id }), flow.isEnabled
        else { return false }
        // What the clock does may make a record, which takes its place.
        runClock(person: mark.person)
        guard marks[id]?.removeValue(forKey: mark) != nil, var person = persons[mark.person] else { return false }
        // Triggers may have been switched off since.
        let called = reasons.intersection(flow.options.triggers.union([.replay, .consent]))
        let isWithheld = person.isWithheld(from: id)
        guard !called.isEmpty, !isWithheld || !called.isDisjoint(with: [.membership, .consent, .replay]) else {
            return false
        }
        person.forgetExits(at: now)
        person.revision = catalog.revision(after: person.revision)
        person.seenUntil = now
        let policy = catalog.policy(mark.policy)
        let views = person.seen(by: policy).filter { view in
            isWithheld
                ? isToldWithheld(view, flow, policy)
                : flow.mappings.contains { mapping in
                    catalog.policy(evaluating: mapping.audience) == mark.policy
                        && view.memberships[mapping.audience] != nil
                }
        }
        guard !views.isEmpty else { return false }
        touched.insert(mark.person)
        persons[mark.person] = person
        changedAt = max(changedAt, now)
        for view in views {
            guard !isWithheld else {
                exportWithheldLate(
                    view,
                    flow,
                    policy,
                    ReferenceCall(reasons: called),
                    lane: called.contains(.replay) ? .replay : .backfill
                )
                continue
            }
            append(
                view,
                flow,
                policy,
                ReferenceCall(reasons: called),
                lane: called.contains(.replay) ? .replay : .backfill,
                at: now
            )
        }
        noteTold()
        return true
    }
}
