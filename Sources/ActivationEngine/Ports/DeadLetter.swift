public import ActivationCore

/// A dead letter: a record that its destination refused for good.
public struct DeadLetter: Sendable {
    /// The record.
    public var record: OutboxRow
    /// The destination's code, such as `MESSAGE_TOO_LARGE`.
    public var code: String
    /// The reason for people; never holds profile data.
    public var message: String
    /// When it was parked.
    public var parkedAt: Timestamp

    /// Creates a dead letter.
    public init(record: OutboxRow, code: String, message: String, parkedAt: Timestamp) {
        self.record = record
        self.code = code
        self.message = message
        self.parkedAt = parkedAt
    }
}
