import ActivationEngine
import Synchronization

/// The writer of the database, used by two threads in turns: the one that takes commits, and the one that performs in the
/// database what the log has taken.
///
/// Safe to share: the writer is touched by nobody who does not hold `turn`.
final class SharedWriter: @unchecked Sendable {
    private let turn = Mutex(())
    private let writer: WriterDatabase

    /// Takes over a writer that nobody else refers to.
    init(_ writer: sending WriterDatabase) {
        self.writer = writer
    }

    /// Waits for the turn and works.
    func perform<Value>(
        _ work: (WriterDatabase) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        let result: Result<Value, StorageError> = turn.withLock { _ in
            do throws(StorageError) {
                return .success(try work(writer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
