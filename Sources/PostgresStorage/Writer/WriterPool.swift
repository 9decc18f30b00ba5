#if PostgreSQL
import ActivationEngine
import StorageCommon
import Synchronization

/// The connections that take batches, each one at a time.
///
/// Whoever begins more batches than there are writers ends the one that was begun first.
final class WriterPool: Sendable {
    private struct Use {
        /// When it was taken, counted; nil = it is free.
        var taken: Int?
        /// The batch that is under way, once it has begun.
        var batch: BatchID?
    }

    private struct State {
        var uses: [Use]
        var takenCount = 0
    }

    private let writers: [DatabaseActor<WriterDatabase>]
    private let state: Mutex<State>

    /// Creates a pool; there is at least one writer, and they stand in the order of their numbers.
    init(_ writers: [DatabaseActor<WriterDatabase>]) {
        self.writers = writers
        state = Mutex(State(uses: writers.map { _ in Use() }))
    }

    /// Begins a batch.
    func begin(_ request: LoadRequest) async throws(StorageError) -> (state: LoadedState, batch: BatchID) {
        let (index, number) = take()
        do throws(StorageError) {
            let begun = try await writers[index].perform { database throws(StorageError) in try database.begin(request)
            }
            state.withLock { state in
                if state.uses[index].taken == number { state.uses[index].batch = begun.batch }
            }
            return begun
        } catch {
            free(index) { $0.taken == number }
            throw error
        }
    }

    /// Works on a batch that is under way.
    func work<Value: Sendable>(
        on batch: BatchID,
        _ work: @Sendable (WriterDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await writers[try index(of: batch)].perform(work)
    }

    /// Does what ends a batch, however it ends.
    func end<Value: Sendable>(
        _ batch: BatchID,
        _ work: @Sendable (WriterDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let index = try index(of: batch)
        defer { free(index) { $0.batch == batch } }
        return try await writers[index].perform(work)
    }

    /// Does something that is no part of a batch.
    func alone<Value: Sendable>(
        _ work: @Sendable (WriterDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let (index, number) = take()
        defer { free(index) { $0.taken == number } }
        return try await writers[index].perform(work)
    }

    /// Ends all connections.
    func close() async throws(StorageError) {
        for writer in writers {
            try await writer.close { database throws(StorageError) in database.connection.disconnect() }
        }
    }

    private func index(of batch: BatchID) throws(StorageError) -> Int {
        let index = WriterNumbers.writer(of: batch.writer)
        guard writers.indices.contains(index) else { throw WriterDatabase.endedBatch }
        return index
    }

    private func take() -> (index: Int, number: Int) {
        state.withLock { state in
            let first = state.uses.indices.min { left, right in
                (state.uses[left].taken ?? 0) < (state.uses[right].taken ?? 0)
            }
            let index = first ?? 0
            state.takenCount += 1
            state.uses[index] = Use(taken: state.takenCount)
            return (index, state.takenCount)
        }
    }

    /// Lets a writer go, unless somebody else has taken it since.
    private func free(_ index: Int, ifStill isMine: (Use) -> Bool) {
        state.withLock { state in
            if isMine(state.uses[index]) { state.uses[index] = Use() }
        }
    }
}
#endif
