#if PostgreSQL
/// Up to where records of a lane may be claimed: noted before they are, so that whoever claims next knows which of them may be on their
/// way, and holds the people of those alone (docs/decisions/0085).
///
/// It is noted seldom, ahead of the records that there are; the more of them come, the further.
struct ClaimReach: Hashable, Sendable {
    /// The last row that may be claimed.
    private(set) var through: Int64
    /// How far ahead it is noted.
    private var step = stepsRange.lowerBound
    private var raisedAt: ContinuousClock.Instant?

    private static let stepsRange: ClosedRange<Int64> = 8...(1 << 16)
    /// Between these it is noted again while records come as they do.
    private static let pauses: ClosedRange<Duration> = .milliseconds(200) ... .seconds(1)

    /// Creates a reach.
    ///
    /// - Parameter row: The last row that may be claimed.
    init(through row: Int64) {
        through = row
    }

    /// Raises it where there are records beyond it.
    ///
    /// - Parameters:
    ///   - last: The last record that there is.
    ///   - now: Now.
    /// - Returns: Whether it was raised.
    mutating func raise(over last: Int64, at now: ContinuousClock.Instant) -> Bool {
        guard last > through else { return false }
        if let raisedAt, now - raisedAt < Self.pauses.lowerBound { step = min(step * 2, Self.stepsRange.upperBound) }
        if let raisedAt, now - raisedAt > Self.pauses.upperBound { step = max(step / 2, Self.stepsRange.lowerBound) }
        (through, raisedAt) = (last + min(step, .max - last), now)
        return true
    }
}
#endif
