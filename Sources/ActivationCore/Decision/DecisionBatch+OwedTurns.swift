/// What a merge does to turns in backfills that are still to come (BEHAVIOUR 3.8).
extension DecisionBatch {
    /// Sees to it that nobody is missed who becomes one with another before his turn.
    ///
    /// A survivor whose turn is over tells of him with the merge. One whose turn is to come has it for both; the walk may
    /// have looked at it already and not have wanted it, so a mark keeps that in mind until the turn is taken.
    ///
    /// - Parameters:
    ///   - absorbed: The profile that goes, as it was.
    ///   - survivor: The profile that stays, without the other yet.
    mutating func passTurns(of absorbed: WorkingProfile, to survivor: inout ProfileDecision) {
        guard !catalog.backfills.isEmpty else { return }
        for order in catalog.backfills.values.sorted(by: { $0.id.uuid < $1.id.uuid }) where order.wish != .cancelled {
            let place = backfillPlaces[order.id] ?? 0
            guard absorbed.rowOrLast > place,
                let position = catalog.dataflows.firstIndex(where: { $0.dataflow.id == order.dataflow })
            else { continue }
            let flow = catalog.dataflows[position]
            guard !wantedViews(of: absorbed.state, by: order, flow, now: survivor.now).views.isEmpty else { continue }
            if survivor.profile.rowOrLast <= place, flow.dataflow.isEnabled {
                survivor.change.noteOverdue(order, flow: position, of: absorbed.state)
            } else {
                let mark = ResumeMark.Key(
                    dataflow: order.dataflow,
                    profile: survivor.profile.state.id,
                    turnIn: order.id
                )
                plan.marks[mark, default: []].formUnion(order.reasons)
            }
        }
    }

    /// A turn that a profile is owed, if its own does not come any more; of an order that is gone nothing is owed.
    ///
    /// - Returns: Accepted when the mark is done with; duplicate when its time is still to come.
    mutating func takeOwedTurn(_ mark: ResumeMark, now: Timestamp) -> DecisionResult {
        if let order = catalog.backfills[mark.key.backfill], order.wish != .cancelled,
            let index = place(of: mark.key.profile)
        {
            guard order.wish == .running, profiles[index].rowOrLast <= backfillPlaces[order.id] ?? 0,
                let flow = catalog.dataflows.first(where: { $0.dataflow.id == order.dataflow })
            else { return .duplicate }
            note(order)
            takeTurn(index, in: order, to: flow, now: now)
        }
        resumeMarks.remove(mark.key)
        plan.settle(following(mark.key))
        return .accepted
    }

    /// Tells of the members of unmapped audiences whose turn a merge made overdue.
    mutating func tellOverdueExits(to turns: [OverdueTurn], at index: Int, now: Timestamp) {
        for turn in turns where !turn.order.unmapped.isEmpty {
            note(turn.order)
            let flow = catalog.dataflows[turn.flow]
            let records = export(index, for: turn.order, to: flow, of: turn.identities, now: now)
            plan.backfills[turn.order.id]?.records += Int64(records)
        }
    }

    /// Lets the plan count records for a backfill, which stays where it is.
    private mutating func note(_ order: Backfill) {
        let place = backfillPlaces[order.id] ?? 0
        plan.backfills[order.id, default: CommitPlan.BackfillProgress(row: place)].row = place
    }
}

extension ProfileDecision {
    /// Makes the row of a turn that is overdue, where the input itself calls for none.
    mutating func appendOverdue(
        _ flow: CompiledDataflow,
        at position: Int,
        _ group: CompiledDataflow.PolicyGroup,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        plan: inout CommitPlan
    ) {
        let memberships = profile.state.memberships
        let turn = change.overdueTurns.first { turn in
            turn.flow == position && turn.order.unmapped.isEmpty && turn.order.wants(group, memberships, catalog)
        }
        guard let turn, !isWithheld(from: flow) else { return }
        plan.backfills[turn.order.id, default: CommitPlan.BackfillProgress(row: 0)].records += 1
        append(
            flow,
            group,
            reasons: turn.order.reasons,
            lane: .backfill,
            for: turn.order,
            catalog: catalog,
            paths: paths,
            plan: &plan
        )
    }
}

extension ProfileChange {
    /// Notes that a profile that goes had a turn to come, in which whoever else goes with it is told of too.
    fileprivate mutating func noteOverdue(_ order: Backfill, flow: Int, of absorbed: ProfileState) {
        let identities = absorbed.identities.map(\.identity)
        if let known = overdueTurns.firstIndex(where: { $0.order.id == order.id }) {
            overdueTurns[known].identities.formUnion(identities)
        } else {
            overdueTurns.append(OverdueTurn(order: order, flow: flow, identities: Set(identities)))
        }
    }
}

extension WorkingProfile {
    /// The row; a profile that is not stored yet will come after all that are.
    fileprivate var rowOrLast: Int64 { row == 0 ? .max : row }
}
