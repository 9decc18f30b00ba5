public import ActivationCore
public import ActivationEngine
import Synchronization

/// The storage port without a disk: what engine tests run on, and what other storages are compared with.
///
/// Written for plainness: a commit works on a copy of everything and swaps it in, a claim looks at every waiting row.
public final class InMemoryStorage: Storage, ControlStore {
    private let state = Mutex(InMemoryState())
    private let fault = Mutex<StorageError?>(nil)

    /// Creates an empty storage.
    public init() {}

    /// Makes the next commit, settlement or configuration change fail with this error, and write nothing.
    public func failNextWrite(with error: StorageError) {
        fault.withLock { $0 = error }
    }

    /// Forgets what a process forgets when it dies: every claim.
    public func crash() {
        state.withLock { state in
            for dataflow in state.dataflows.keys { state.dataflows[dataflow]?.claims = [:] }
        }
    }

    /// See ``Storage/dictionaries(scope:)``.
    public func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries {
        state.withLock { state in
            let stored = state.scopes[scope] ?? InMemoryState.ScopeState()
            return StoredDictionaries(paths: stored.paths, datasets: stored.datasets)
        }
    }

    /// See ``Storage/load(_:)``.
    public func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState {
        state.withLock { $0.load(request) }
    }

    /// See ``Storage/commit(_:)``.
    public func commit(_ plan: CommitPlan) async throws(StorageError) {
        try write { state throws(StorageError) in try state.perform(plan) }
    }

    /// See ``Storage/profiles(scope:after:limit:)``.
    public func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile] {
        state.withLock { state in
            let stored = state.scopes[scope]?.profiles ?? [:]
            return stored.values.filter { $0.row > row }.sorted { $0.row < $1.row }.prefix(limit).map { $0 }
        }
    }

    /// See ``Storage/profileCount(scope:)``.
    public func profileCount(scope: Scope) async throws(StorageError) -> Int {
        state.withLock { $0.scopes[scope]?.profiles.count ?? 0 }
    }

    /// See ``Storage/memberCounts(scope:)``.
    public func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64] {
        state.withLock { $0.scopes[scope]?.members ?? [:] }
    }

    /// See ``Storage/claim(dataflow:limit:limitPerProfile:)``.
    public func claim(
        dataflow: Dataflow.ID,
        limit: Int,
        limitPerProfile: Int
    ) async throws(StorageError) -> [OutboxRow] {
        state.withLock { $0.dataflows[dataflow]?.claim(limit: limit, limitPerProfile: limitPerProfile) ?? [] }
    }

    /// See ``Storage/settle(dataflow:_:)``.
    public func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError) {
        try write { state throws(StorageError) in state.dataflows[dataflow]?.settle(settlements) }
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    public func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError) {
        state.withLock { $0.dataflows[dataflow]?.claims = [:] }
    }

    /// See ``Storage/discardOutbox(dataflow:)``.
    public func discardOutbox(dataflow: Dataflow.ID) async throws(StorageError) {
        try write { state throws(StorageError) in state.dataflows[dataflow]?.discard() }
    }

    /// See ``Storage/books(dataflow:)``.
    public func books(
        dataflow: Dataflow.ID
    ) async throws(StorageError) -> (counters: DataflowCounters, pendingRows: Int64) {
        state.withLock { state in
            let stored = state.dataflows[dataflow]
            return (stored?.counters ?? DataflowCounters(), Int64(stored?.pending.count ?? 0))
        }
    }

    /// See ``Storage/deadLetters(dataflow:limit:)``.
    public func deadLetters(dataflow: Dataflow.ID, limit: Int) async throws(StorageError) -> [DeadLetter] {
        state.withLock { state in
            Array((state.dataflows[dataflow]?.deadLetters ?? []).sorted { $0.record.row < $1.record.row }.prefix(limit))
        }
    }

    /// See ``ControlStore/objects(kind:scope:)``.
    public func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject] {
        state.withLock { state in
            (state.scopes[scope]?.objects.values.filter { $0.kind == kind } ?? [])
                .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        }
    }

    /// See ``ControlStore/object(kind:id:scope:)``.
    public func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject? {
        state.withLock { $0.scopes[scope]?.objects[InMemoryState.ObjectKey(kind: kind, id: id)] }
    }

    /// See ``ControlStore/apply(_:scope:)``.
    public func apply(_ changes: [ControlChange], scope: Scope) async throws(StorageError) {
        try write { state throws(StorageError) in try state.apply(changes, scope: scope) }
    }

    /// Runs a change on a copy and keeps the copy only when it succeeded.
    private func write(_ change: (inout InMemoryState) throws(StorageError) -> Void) throws(StorageError) {
        let fault = self.fault.withLock { fault in
            defer { fault = nil }
            return fault
        }
        if let fault { throw fault }
        let result = state.withLock { state -> Result<Void, StorageError> in
            var draft = state
            do throws(StorageError) {
                try change(&draft)
            } catch {
                return .failure(error)
            }
            state = draft
            return .success(())
        }
        try result.get()
    }
}
