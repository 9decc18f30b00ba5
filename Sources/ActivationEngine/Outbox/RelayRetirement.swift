import ActivationCore
import Synchronization

/// A dataflow that is gone, whose outbox is to be dropped.
final class RelayRetirement: Sendable {
    let dataflow: Dataflow.ID
    /// What is left to do when the outbox is dropped.
    let finish: @Sendable () async throws -> Void
    /// Closed when the engine stops.
    let stopping = Signal()

    init(dataflow: Dataflow.ID, finish: @escaping @Sendable () async throws -> Void) {
        self.dataflow = dataflow
        self.finish = finish
    }
}
