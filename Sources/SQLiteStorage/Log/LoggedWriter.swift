import ActivationCore
import ActivationEngine
import CommitLog
import StorageCommon
import Synchronization

/// The threads around a ``LoggedDatabase``: one takes commits and reads, one makes the log durable, one performs in the database
/// what was gathered.
final class LoggedWriter: Sendable {
    private let front: DatabaseActor<LoggedDatabase>
    private let log: CommitLog
    private let flusher: DatabaseActor<CommitLog>
    private let performer: DatabaseActor<SharedWriter>
    private let witness: CommitWitness?
    /// The performing that is under way.
    private let performing = Mutex<Task<Result<Void, StorageError>, Never>?>(nil)

    /// Stands before a writer that has performed everything there is in the log.
    init(
        _ writer: sending WriterDatabase,
        reads: sending StoreReads,
        volume: any LogVolume,
        options: CommitLogOptions
    ) throws(StorageError) {
        witness = writer.witness
        log = try CommitLog(volume, id: writer.logID, next: writer.applied + 1)
        let shared = SharedWriter(writer)
        let database = try LoggedDatabase(shared, reads: reads, log: log, options: options)
        front = DatabaseActor(threadName: "storage-writer", database: database)
        flusher = DatabaseActor(threadName: "storage-log", database: log)
        performer = DatabaseActor(threadName: "storage-perform", database: shared)
    }

    /// Works on what is acknowledged, in memory and in the database.
    func perform<Value: Sendable>(
        _ work: @Sendable (LoggedDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await front.perform(work)
    }

    /// Works in the database when everything is performed there.
    func exclusively<Value: Sendable>(
        _ work: @Sendable (WriterDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await front.perform { database throws(StorageError) in try database.exclusively(work) }
    }

    // MARK: Committing

    /// See ``Storage/stage(_:)``.
    func stage(_ plan: CommitPlan) async throws(StorageError) -> StagedCommit {
        // While too much of them is in memory, commits wait until some of it is performed.
        func attempt() async throws(StorageError) -> (LoggedDatabase.Staged, isFull: Bool)? {
            try await front.perform { database throws(StorageError) in
                database.isOverfull ? nil : (try database.stage(plan), database.isFull)
            }
        }
        var taken = try await attempt()
        while taken == nil {
            try await performGathered()
            taken = try await attempt()
        }
        guard let (staged, isFull) = taken else { return StagedCommit(claimed: [:]) }
        if staged.needsFlush { flush() }
        if isFull { Task { try? await performGathered() } }
        guard staged.entry != nil else { return StagedCommit(claimed: staged.claimed) }
        return StagedCommit(claimed: staged.claimed) { onRefusal throws(StorageError) in
            try await self.durable(staged, onRefusal: onRefusal)
        }
    }

    /// See ``Storage/settle(dataflow:_:)``.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError) {
        let staged = try await front.perform { database throws(StorageError) in
            try database.settle(dataflow: dataflow, settlements)
        }
        if staged.needsFlush { flush() }
        try await durable(staged)
    }

    /// Returns when what was staged survives power loss.
    private func durable(
        _ staged: LoggedDatabase.Staged,
        onRefusal: @escaping @Sendable (StorageError) -> Void = { _ in }
    ) async throws(StorageError) {
        guard let entry = staged.entry else { return }
        try await log.durable(entry, onRefusal: onRefusal)
        witness?.note(staged.commits)
    }

    private func flush() {
        Task { try? await flusher.perform { log throws(StorageError) in log.flush() } }
    }

    // MARK: Performing

    /// Performs in the database what is gathered; joins a performing that is under way.
    private func performGathered() async throws(StorageError) {
        let task = performing.withLock { performing in
            if let performing { return performing }
            let task = Task { await self.performOnce() }
            performing = task
            return task
        }
        try await task.value.get()
    }

    private func performOnce() async -> Result<Void, StorageError> {
        defer { performing.withLock { $0 = nil } }
        do throws(StorageError) {
            guard let generation = try await front.perform({ database throws(StorageError) in database.close() }) else {
                return .success(())
            }
            let namespaces = try await performer.perform { writer throws(StorageError) in
                try writer.perform { (database) throws(StorageError) in
                    try database.apply(generation)
                    return database.tallies.namespaces
                }
            }
            try await front.perform { database throws(StorageError) in
                database.performed(through: generation.last, namespaces)
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Returns when the database holds everything that was staged before the call.
    func catchUp() async throws(StorageError) {
        let last = log.last
        while try await front.perform({ database throws(StorageError) in database.isBehind(last) }) {
            try await performGathered()
        }
    }

    /// What is done now and then: the database catches up, old entries go and its own log is copied.
    func workWhenIdle() async throws(StorageError) {
        if log.isWaitingForRoom { try await flusher.perform { log throws(StorageError) in log.flush() } }
        // The database may have the room that the log has not.
        if log.isWaitingForRoom { try await exclusively { _ in } }
        try await catchUp()
        try await performer.perform { writer throws(StorageError) in
            try writer.perform { (database) throws(StorageError) in try database.workWhenIdle() }
        }
    }

    /// Finishes what was begun and leaves everything in the database.
    func close() async throws(StorageError) {
        var failure: StorageError?
        do throws(StorageError) {
            try await front.close { database throws(StorageError) in try database.finish() }
        } catch {
            failure = error
        }
        // Whoever still waits for what was staged is told.
        try await flusher.close { log throws(StorageError) in
            log.flush()
            log.endWaiting()
        }
        try await performer.close { _ throws(StorageError) in }
        if let failure { throw failure }
    }
}
