public import ActivationCore

/// Why a dataflow's records are not leaving.
public struct RelayTrouble: Sendable, Hashable {
    /// The destination's or the storage's word.
    public var code: String
    /// What was found and what to do; holds no profile data.
    public var message: String
    /// When it began.
    public var since: Timestamp
    /// Attempts that have failed since then.
    public var attempts: Int
    /// When the next attempt is made by itself; nil when it is under way, or when that is not known.
    public var nextAttemptAt: Timestamp?

    /// Creates a trouble.
    public init(
        code: String,
        message: String,
        since: Timestamp,
        attempts: Int = 1,
        nextAttemptAt: Timestamp? = nil
    ) {
        self.code = code
        self.message = message
        self.since = since
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
    }
}
