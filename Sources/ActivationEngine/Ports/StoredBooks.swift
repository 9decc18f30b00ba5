public import ActivationCore

/// A dataflow's books as a storage keeps them.
public struct StoredBooks: Sendable, Hashable {
    /// What the books say.
    public var counters: DataflowCounters
    /// Rows that really wait.
    public var pendingRows: Int64
    /// When the message behind the oldest waiting row was admitted; nil when none waits.
    public var oldestPendingAt: Timestamp?

    /// Creates books.
    public init(
        counters: DataflowCounters = DataflowCounters(),
        pendingRows: Int64 = 0,
        oldestPendingAt: Timestamp? = nil
    ) {
        self.counters = counters
        self.pendingRows = pendingRows
        self.oldestPendingAt = oldestPendingAt
    }
}
