/// One thing to decide, with the instant of its admission (BEHAVIOUR 3.1).
public struct Input: Sendable {
    /// What happened.
    public enum Cause: Sendable {
        /// A message came in.
        case message(Message)
        /// Audiences are new or changed: evaluate them for a stored profile (BEHAVIOUR 5.1).
        case evaluation(Profile.ID, audiences: [Audience.ID])
        /// The clock has reached an instant at which a stored profile may change (BEHAVIOUR 3.1).
        case clock(Profile.ID)
        /// A stored profile, by its row, has its turn in a backfill (BEHAVIOUR 3.8).
        case backfill(Profile.ID, row: Int64, Backfill.ID)
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

extension Input.Cause {
    /// The stored profile that it is about; nil for a message, which is about identities.
    var profile: Profile.ID? {
        switch self {
        case .message: nil
        case .evaluation(let profile, _), .clock(let profile), .backfill(let profile, _, _): profile
        }
    }
}
