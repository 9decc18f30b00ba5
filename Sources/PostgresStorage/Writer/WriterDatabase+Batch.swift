#if PostgreSQL
import ActivationCore
import ActivationEngine

/// A batch under way: its profiles are locked when they are loaded, and the same transaction commits (docs/decisions/0069).
extension WriterDatabase {
    /// See ``Storage/begin(_:)``; what this writer has begun before ends.
    func begin(_ request: LoadRequest) throws(StorageError) -> (state: LoadedState, batch: BatchID) {
        abandon(batch)
        begun += 1
        let id = BatchID(writer: WriterNumbers.number(ofRow: number), number: begun)
        return try connection.repeating { () throws(StorageError) in (try load(request, for: id), id) }
    }

    private func load(_ request: LoadRequest, for id: BatchID) throws(StorageError) -> LoadedState {
        try makeReady()
        do throws(StorageError) {
            let rows = try ProfileLoad(request).run(locking: true) { calls throws(StorageError) in
                try run(calls)
            }
            batch = id
            hasMarks = rows.hasMarks
            held = rows.profiles.map(\.row)
            return rows
        } catch {
            connection.rollBack()
            // Others that hold a profile are the pipeline's to wait for.
            if error.code != .unavailable { connection.mayRepeat = false }
            throw error
        }
    }

    /// See ``Storage/abandon(_:)``.
    func abandon(_ id: BatchID?) {
        guard id == batch else { return }
        batch = nil
        forgetHeld()
        connection.rollBack()
    }

    /// What a batch meets that has ended.
    static var endedBatch: StorageError { StorageError(.expired, "the batch has ended; begin again") }

    private func makeSureOf(_ id: BatchID) throws(StorageError) {
        if id == batch, connection.isInTransaction { return }
        abandon(id)
        throw Self.endedBatch
    }

    /// Does something in a batch, which ends with an error of the database.
    func inBatch<Value>(
        _ id: BatchID,
        _ work: (([PostgresCall]) throws(StorageError) -> [PostgresRows]) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try makeSureOf(id)
        do throws(StorageError) {
            return try work { calls throws(StorageError) in try run(calls) }
        } catch {
            if connection.isInTransaction { throw error }
            let isLost = error.code == .unavailable && connection.mayRepeat
            abandon(id)
            throw isLost ? expired() : error
        }
    }

    /// See ``Storage/loadEvents(_:in:)``.
    func loadEvents(_ request: EventRequest, in batch: BatchID) throws(StorageError) -> [LoadedEvents] {
        try inBatch(batch) { run throws(StorageError) in try EventLoad(request).run(run) }
    }

    /// See ``Storage/existingMarks(_:in:)``.
    func existingMarks(_ keys: [ResumeMark.Key], in batch: BatchID) throws(StorageError) -> Set<ResumeMark.Key> {
        try inBatch(batch) { run throws(StorageError) in try MarkLookup(keys, shared).run(run) }
    }

    /// See ``Storage/suppressions(of:scope:in:)``.
    func suppressions(
        of digests: [IdentityDigest],
        scope: Scope,
        in batch: BatchID
    ) throws(StorageError) -> [Suppression] {
        try inBatch(batch) { run throws(StorageError) in try SuppressionLookup(digests, scope).run(run) }
    }

    /// See ``Storage/commit(_:in:)``.
    func commit(_ plan: CommitPlan, in id: BatchID) throws(StorageError) -> [Dataflow.ID: [Int64]] {
        try makeSureOf(id)
        defer { forgetHeld() }
        return try perform(plan)
    }

    private func forgetHeld() { (hasMarks, held) = (true, nil) }

    /// See ``Storage/commit(_:)``; ends the batch under way, if there is one.
    func commit(_ plan: CommitPlan) throws(StorageError) -> [Dataflow.ID: [Int64]] {
        abandon(batch)
        return try connection.repeating { () throws(StorageError) in try perform(plan) }
    }
}
#endif
