import ActivationEngine
import Synchronization

/// A storage's book of the batches that are under way.
final class OpenBatches: Sendable {
    private struct State {
        var last: Int64 = 0
        var open: Set<BatchID> = []
    }

    private let state = Mutex(State())

    /// How many there are.
    var count: Int { state.withLock { $0.open.count } }

    /// Begins one.
    func begin() -> BatchID {
        state.withLock { state in
            state.last += 1
            let batch = BatchID(writer: 0, number: state.last)
            state.open.insert(batch)
            return batch
        }
    }

    /// Returns when a batch is under way.
    ///
    /// - Throws: `expired` when it is not.
    func check(_ batch: BatchID) throws(StorageError) {
        guard state.withLock({ $0.open.contains(batch) }) else { throw OpenBatches.ended(batch) }
    }

    /// Ends a batch that is under way.
    ///
    /// - Throws: `expired` when it is not.
    func end(_ batch: BatchID) throws(StorageError) {
        guard state.withLock({ $0.open.remove(batch) }) != nil else { throw OpenBatches.ended(batch) }
    }

    /// Ends a batch if it is under way.
    func drop(_ batch: BatchID) {
        state.withLock { _ = $0.open.remove(batch) }
    }

    /// Ends all of them.
    func dropAll() {
        state.withLock { $0.open = [] }
    }

    private static func ended(_ batch: BatchID) -> StorageError {
        StorageError(.expired, "batch \(batch.number) has ended; begin another one")
    }
}
