public import ActivationCore

/// A record as whoever watches a dataflow sees it settled.
public struct WatchedRecord: Sendable {
    /// What became of it.
    public enum End: Sendable, Equatable {
        /// The destination has it; the receipt means something to the destination's own tools.
        case delivered(receipt: String)
        /// It could not be delivered now and is tried again, with a code of the destination's.
        case retried(code: String)
        /// The destination will never take it.
        case parked(code: String)
    }

    /// The record.
    public var row: OutboxRow
    /// What became of it.
    public var end: End
    /// When that was known.
    public var settledAt: Timestamp
    /// Records before this one that the watcher was too slow for, since the last one it got.
    public var missed: Int
}
