/// How long present keys are good for, and whether others are to be had.
public struct CredentialsStanding: Sendable {
    /// For how long they are valid still; never below zero.
    public var left: Duration
    /// Why the last attempt to renew them failed; nil = it has not, or none was made yet.
    public var failure: KinesisError?

    /// Creates a standing.
    ///
    /// - Parameters:
    ///   - left: For how long the keys are valid still.
    ///   - failure: Why the last attempt to renew them failed.
    public init(left: Duration, failure: KinesisError? = nil) {
        self.left = left
        self.failure = failure
    }
}

extension CredentialsProvider {
    /// Nil: nothing is known of an end.
    public var standing: CredentialsStanding? { nil }
}

extension CredentialsRenewal {
    /// How the keys stand; nil without keys, for keys without an end, and for those that ended while nobody needed others.
    func standing(now: MonotonicTime) -> CredentialsStanding? {
        guard let held, held.end < .never, failure != nil || now < held.end else { return nil }
        return CredentialsStanding(
            left: max(held.end - now, Nanoseconds(count: 0)).duration,
            failure: failure?.error
        )
    }
}
