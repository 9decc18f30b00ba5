import ActivationCore
import Synchronization

/// Makes the ids under which a sender finds its messages again: `<ms>:<n>:<n>[:<index>]` (BEHAVIOUR 6.1).
final class TransactionIDs: Sendable {
    private let node: UInt32
    private let count = Atomic<Int>(0)

    /// Creates a source; `node` tells apart two that run in the same millisecond.
    init(node: UInt32) {
        self.node = node
    }

    /// A new id for a request received at this instant.
    func next(at instant: Timestamp) -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        return "\(instant.milliseconds):\(node):\(number)"
    }
}
