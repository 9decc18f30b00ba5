/// Why a text is no cron rule.
public struct CronError: Error, Sendable, Equatable {
    /// What was found and what is accepted.
    public var message: String

    /// Creates an error.
    public init(_ message: String) {
        self.message = message
    }
}
