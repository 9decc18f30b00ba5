public import ActivationCore

/// How one claimed outbox row ended.
public struct OutboxSettlement: Sendable {
    /// What a destination answered to a record that it took.
    public struct Receipt: Sendable {
        /// The answer; it means something only to the destination's own tools.
        public var text: String
        /// When it came.
        public var at: Timestamp

        /// Creates a receipt; nil of a destination that has none to give.
        public init?(text: String, at: Timestamp) {
            guard !text.isEmpty else { return nil }
            self.text = text
            self.at = at
        }
    }

    /// The two ways in which a row leaves (I3), and how a claim ends of one that was taken out before.
    public enum Outcome: Sendable {
        /// Acknowledged by the destination for this very record.
        case delivered
        /// Refused for good: becomes a dead letter.
        case parked(code: String, message: String, at: Timestamp)
        /// The row is gone, and its record was not sent, or not again; a receipt says that it may have arrived.
        case recalled
    }

    /// What the ledger says of a record that was taken back and of which an attempt may have arrived all the same.
    public static let unknownReceipt = "not known: it may have arrived"

    /// ``OutboxRow/row``.
    public var row: Int64
    /// How it ended.
    public var outcome: Outcome
    /// What the ledger keeps of a delivered row; nil = nothing.
    public var receipt: Receipt?

    /// Creates a settlement.
    public init(row: Int64, outcome: Outcome, receipt: Receipt? = nil) {
        self.row = row
        self.outcome = outcome
        self.receipt = receipt
    }
}
