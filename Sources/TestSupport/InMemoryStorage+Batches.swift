public import ActivationCore
public import ActivationEngine

/// Batches hold nothing here, since a commit looks at revisions; that they are begun and ended is kept account of.
extension InMemoryStorage {
    /// Batches that were begun and have not ended.
    public var batchesUnderWay: Int { batches.count }

    /// Ends a batch as if its time were over.
    public func expire(_ batch: BatchID) {
        batches.drop(batch)
    }

    /// See ``Storage/begin(_:)``.
    public func begin(_ request: LoadRequest) async throws(StorageError) -> (state: LoadedState, batch: BatchID) {
        let state = try await load(request)
        return (state, batches.begin())
    }

    /// See ``Storage/loadEvents(_:in:)``.
    public func loadEvents(
        _ request: EventRequest,
        in batch: BatchID
    ) async throws(StorageError) -> [LoadedEvents] {
        try batches.check(batch)
        return try await loadEvents(request)
    }

    /// See ``Storage/existingMarks(_:in:)``.
    public func existingMarks(
        _ keys: [ResumeMark.Key],
        in batch: BatchID
    ) async throws(StorageError) -> Set<ResumeMark.Key> {
        try batches.check(batch)
        return try await existingMarks(keys)
    }

    /// See ``Storage/suppressions(of:scope:in:)``.
    public func suppressions(
        of digests: [IdentityDigest],
        scope: Scope,
        in batch: BatchID
    ) async throws(StorageError) -> [Suppression] {
        try batches.check(batch)
        return try await suppressions(of: digests, scope: scope)
    }

    /// See ``Storage/commit(_:in:)``.
    @discardableResult
    public func commit(
        _ plan: CommitPlan,
        in batch: BatchID
    ) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        try batches.end(batch)
        return try await commit(plan)
    }

    /// See ``Storage/stage(_:in:)``.
    public func stage(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> StagedCommit {
        try batches.end(batch)
        return try await stage(plan)
    }

    /// See ``Storage/abandon(_:)``.
    public func abandon(_ batch: BatchID) async {
        batches.drop(batch)
    }
}
