import Kinesis
import Synchronization

/// What a test calls back.
final class SimulatedRecalls: RecordRecalls {
    private let tokens = Mutex<Set<UInt64>>([])

    var isEmpty: Bool { tokens.withLock(\.isEmpty) }

    func contains(_ token: UInt64) -> Bool { tokens.withLock { $0.contains(token) } }

    func add(_ token: UInt64) { tokens.withLock { _ = $0.insert(token) } }

    func remove(_ token: UInt64) { tokens.withLock { _ = $0.remove(token) } }
}
