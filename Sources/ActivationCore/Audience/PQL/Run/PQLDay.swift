/// A day of the calendar, in the time zone of the expression that names it.
public struct PQLDay: Sendable, Hashable {
    /// Days since 1970-01-01.
    public let daysSinceEpoch: Int
    /// The day's first instant.
    public let start: Timestamp
}
