package import ActivationCore

/// Remembers outside of a database which batches it has acknowledged, so that one that comes back without them is noticed by a process
/// that was not there.
///
/// May be called by several at a time.
package protocol AcknowledgedBatches: Sendable {
    /// The stores of which something was noted last.
    var stores: [UUIDBytes] { get }

    /// The last batches of writers that a store has acknowledged, as far as is known.
    func acknowledged(of store: UUIDBytes) -> [(writer: Int16, batch: Int64)]

    /// Notes that a store has acknowledged a batch; what cannot be noted does no harm.
    ///
    /// - Parameters:
    ///   - batch: The batch's number.
    ///   - writer: The writer's row, which may be another after a start.
    ///   - place: Which of the process' connections it is, counted from 0.
    ///   - store: The store.
    func note(_ batch: Int64, by writer: Int16, at place: Int, of store: UUIDBytes)
}
