public import ActivationCore

/// How one claimed outbox row ended.
public struct OutboxSettlement: Sendable {
    /// The two ways in which a row leaves (I3).
    public enum Outcome: Sendable {
        /// Acknowledged by the destination for this very record.
        case delivered
        /// Refused for good: becomes a dead letter.
        case parked(code: String, message: String, at: Timestamp)
    }

    /// ``OutboxRow/row``.
    public var row: Int64
    /// How it ended.
    public var outcome: Outcome

    /// Creates a settlement.
    public init(row: Int64, outcome: Outcome) {
        self.row = row
        self.outcome = outcome
    }
}
