/// One thing to decide, with the instant of its admission (RULINGS 2, 3).
public struct Input: Sendable {
    /// What happened.
    public enum Cause: Sendable {
        /// A message came in.
        case message(Message)
        /// Audiences are new or changed: evaluate them for a stored profile (RULINGS 6).
        case evaluation(Profile.ID, audiences: [Audience.ID])
    }

    /// What happened.
    public var cause: Cause
    /// When it was admitted.
    public var now: Timestamp

    /// Creates an input.
    public init(cause: Cause, now: Timestamp) {
        self.cause = cause
        self.now = now
    }
}
