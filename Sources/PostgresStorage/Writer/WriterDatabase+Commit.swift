#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

extension WriterDatabase {
    /// Performs a plan in the transaction that is open, or in one of its own.
    ///
    /// - Returns: Rows that it took out of the outbox although they are in somebody's hands.
    /// - Throws: What ``Storage/commit(_:)`` throws.
    func perform(_ plan: CommitPlan) throws(StorageError) -> [Dataflow.ID: [Int64]] {
        if plan.isEmpty && plan.admission == nil {
            abandon(batch)
            return [:]
        }
        let writing: PlanWriting
        do throws(StorageError) {
            writing = try PlanWriting(plan, hasMarks: hasMarks, held: held, shared)
        } catch {
            abandon(batch)
            throw error
        }
        guard writing.takesRecords else { return try perform(writing) { _, _ in false } }
        // Nobody may claim what goes away between this and the commit.
        return try shared.withLedgers { ledgers throws(StorageError) in
            try perform(writing) { dataflow, row in ledgers[dataflow]?.isClaimed(row) ?? false }
        }
    }

    private func perform(
        _ writing: PlanWriting,
        isClaimed: (Dataflow.ID, Int64) -> Bool
    ) throws(StorageError) -> [Dataflow.ID: [Int64]] {
        var writing = writing
        try transaction { () throws(StorageError) in
            try writing.prepare(isClaimed: isClaimed) { calls throws(StorageError) in try run(calls) }
            try writing.write()
            return ((), writing.change)
        }
        shared.withKnown { $0.dataflows.merge(writing.registered) { known, _ in known } }
        return writing.claimed
    }

    /// See ``Storage/forgetBackfills(_:scope:)``.
    func forgetBackfills(_ backfills: [Backfill.ID], scope: Scope) throws(StorageError) {
        try forget(backfills.map(\.uuid), scope, by: PostgresStatements.forgetBackfills)
    }

    /// See ``Storage/forgetUploads(_:scope:)``.
    func forgetUploads(_ uploads: [UUIDBytes], scope: Scope) throws(StorageError) {
        try forget(uploads, scope, by: PostgresStatements.forgetUploads)
    }

    private func forget(
        _ ids: [UUIDBytes],
        _ scope: Scope,
        by statement: PostgresStatement
    ) throws(StorageError) {
        guard !ids.isEmpty else { return }
        try transaction { () throws(StorageError) in
            var change = try Change(in: scope)
            change.add(statement, .int4(change.scopeNumber), .uuids(ids))
            return ((), change)
        }
    }
}
#endif
