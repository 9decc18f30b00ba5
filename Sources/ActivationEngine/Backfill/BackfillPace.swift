/// How many records a backfill may make now: as many a second as its bound says, in small pieces.
struct BackfillPace: Sendable {
    /// Members that have their turn together, at most: live messages wait for no more than these.
    static let stepMax = 200
    /// So much of a second may be made up for.
    private static let burst = 0.25

    private var allowance = 0.0
    private var last: ContinuousClock.Instant?

    /// Members who may have their turn at an instant.
    mutating func allowed(_ perSecond: Int, at now: ContinuousClock.Instant) -> Int {
        let most = max(Double(perSecond) * Self.burst, 1)
        allowance = min(
            allowance + Double(perSecond) * ((last.map { $0.duration(to: now) } ?? .seconds(1)) / .seconds(1)),
            most
        )
        last = now
        return min(Int(allowance), Self.stepMax)
    }

    /// Notes that so many had their turn.
    mutating func took(_ members: Int) { allowance -= Double(members) }
}
