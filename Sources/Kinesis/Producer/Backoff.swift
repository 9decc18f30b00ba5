/// Exponential delays with full jitter: a random time up to a bound that doubles with each attempt.
struct Backoff: Sendable {
    private let base: Nanoseconds
    /// No delay is longer.
    let max: Nanoseconds
    private var random: SplitMix64

    init(base: Nanoseconds, max: Nanoseconds, seed: UInt64) {
        self.base = base
        self.max = max
        random = SplitMix64(seed: seed)
    }

    /// A span between four and six fifths of another, so that what many do at intervals is not done all at once.
    mutating func spread(_ span: Nanoseconds) -> Nanoseconds {
        let fifth = span.count / 5
        return Nanoseconds(count: Int64.random(in: 4 * fifth...6 * fifth, using: &random))
    }

    /// The delay after a number of failed attempts, one or more.
    mutating func delay(afterAttempts attempts: Int) -> Nanoseconds {
        precondition(attempts >= 1, "a delay after \(attempts) attempts")
        var bound = base
        // Stops at the bound, so that the doubling cannot overflow.
        for _ in 1..<Swift.min(attempts, 64) where bound < max {
            bound.count *= 2
        }
        return Nanoseconds(count: Int64.random(in: 0...Swift.min(bound, max).count, using: &random))
    }
}
