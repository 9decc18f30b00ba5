import ActivationCore
import ActivationEngine
import StorageCommon

extension WriterDatabase {
    /// Removes deleted profiles with everything that belongs to them; their identities stand in the plan.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - tallies: The books.
    ///   - claimed: Gets the rows that go although they are in somebody's hands.
    /// - Throws: `conflict` when a profile is not as the plan expects it.
    func performDeletions(
        _ plan: CommitPlan,
        _ tallies: inout Tallies,
        _ claimed: inout [Dataflow.ID: [Int64]]
    ) throws(StorageError) {
        guard !plan.deletions.isEmpty else { return }
        try wantScrub()
        for deletion in plan.deletions {
            let profile = deletion.profile
            guard profile.row != 0 else {
                // Made by the same plan: there is nothing of it, and yet somebody was told that it is deleted.
                if profile.id == deletion.survivor { try noteErasure(deletion, in: plan.scope) }
                continue
            }
            try delete(profile)
            tallies.scopes[plan.scope]?.profiles -= 1
            tallies.scopes[plan.scope]?.isChanged = true
            statements.deleteEvents.bind(1, profile.row)
            try statements.deleteEvents.run()
            try noteErasure(deletion, in: plan.scope)
            try handOnDeliveries(of: profile.id, to: deletion.survivor, in: plan.scope)
            try deleteRecords(of: profile.id, in: plan.scope, &tallies, &claimed)
            if tallies.hasMarks { try dropMarks(of: profile.id, in: plan.scope) }
        }
    }

    private func noteErasure(_ deletion: CommitPlan.ProfileDeletion, in scope: Scope) throws(StorageError) {
        let statement = statements.noteErasure
        statement.bind(1, scope.rawValue)
        statement.bind(2, deletion.profile.id.uuid)
        statement.bind(3, deletion.profile.revision)
        statement.bind(4, deletion.deletedAt.milliseconds)
        try statement.run()
    }

    /// Deletes a profile's waiting rows, which count as suppressed, and its dead letters, which count as erased.
    private func deleteRecords(
        of profile: Profile.ID,
        in scope: Scope,
        _ tallies: inout Tallies,
        _ claimed: inout [Dataflow.ID: [Int64]]
    ) throws(StorageError) {
        for (dataflow, tally) in tallies.dataflows where tally.scope == scope {
            try deleteRecords(of: profile, for: dataflow, tally, &tallies, &claimed)
        }
    }

    private func deleteRecords(
        of profile: Profile.ID,
        for dataflow: Dataflow.ID,
        _ tally: Tallies.DataflowTally,
        _ tallies: inout Tallies,
        _ claimed: inout [Dataflow.ID: [Int64]]
    ) throws(StorageError) {
        let range = RowSpace.outbox(ofDataflow: tally.number)
        for statement in [statements.deleteOutboxOf, statements.deleteDeadLettersOf] {
            statement.bind(1, profile.uuid)
            statement.bind(2, range.lowerBound)
            statement.bind(3, range.upperBound)
        }
        if tally.pendingRows > 0 {
            let dropped = try settled(statements.deleteOutboxOf, each: DataflowCounters(suppressedDeleted: 1)) { gone in
                let row = gone.integer(1)
                if ledgers[dataflow]?.isClaimed(row) ?? false { claimed[dataflow, default: []].append(row) }
            }
            if dropped.counters.suppressedDeleted > 0 {
                tallies.dataflows[dataflow]?.leave(dropped.counters, dropped.audiences)
            }
        }
        let erased = try settled(statements.deleteDeadLettersOf, each: DataflowCounters(erased: 1))
        guard erased.counters.erased > 0 else { return }
        tallies.dataflows[dataflow]?.leave(erased.counters, erased.audiences)
    }

    /// Removes what waits of profiles that dataflows may not tell of any more.
    func performWithdrawals(
        _ plan: CommitPlan,
        _ tallies: inout Tallies,
        _ claimed: inout [Dataflow.ID: [Int64]]
    ) throws(StorageError) {
        for withdrawal in plan.withdrawals {
            guard let tally = tallies.dataflows[withdrawal.dataflow], tally.scope == plan.scope else { continue }
            try deleteRecords(of: withdrawal.profile, for: withdrawal.dataflow, tally, &tallies, &claimed)
        }
    }
}
