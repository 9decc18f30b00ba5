public import ActivationCore

/// A storage to which one pipeline in one process writes, so that nobody else changes what was loaded for a batch.
///
/// It has nothing to hold and nothing to let go: a batch is a load and a commit, every batch has the same name, and none of them
/// expires.
public protocol SoleWriterStorage: Storage {}

extension SoleWriterStorage {
    /// Loads; there is nothing to keep others from.
    public func begin(_ request: LoadRequest) async throws(StorageError) -> (state: LoadedState, batch: BatchID) {
        (try await load(request), BatchID(writer: 0, number: 0))
    }

    /// See ``Storage/loadEvents(_:)``.
    public func loadEvents(
        _ request: EventRequest,
        in batch: BatchID
    ) async throws(StorageError) -> [LoadedEvents] {
        try await loadEvents(request)
    }

    /// See ``Storage/existingMarks(_:)``.
    public func existingMarks(
        _ keys: [ResumeMark.Key],
        in batch: BatchID
    ) async throws(StorageError) -> Set<ResumeMark.Key> {
        try await existingMarks(keys)
    }

    /// See ``Storage/suppressions(of:scope:)``.
    public func suppressions(
        of digests: [IdentityDigest],
        scope: Scope,
        in batch: BatchID
    ) async throws(StorageError) -> [Suppression] {
        try await suppressions(of: digests, scope: scope)
    }

    /// See ``Storage/commit(_:)``.
    @discardableResult
    public func commit(
        _ plan: CommitPlan,
        in batch: BatchID
    ) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        try await commit(plan)
    }

    /// See ``Storage/stage(_:)``.
    public func stage(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> StagedCommit {
        try await stage(plan)
    }

    /// Has nothing to do.
    public func abandon(_ batch: BatchID) async {}
}
