/// How many records arrive in a second, from a count that is read again and again.
struct ArrivalRate {
    private let window: Duration
    private var samples: [(at: ContinuousClock.Instant, count: Int64)] = []

    /// Creates a rate of what arrives within so long.
    init(over window: Duration) {
        self.window = window
    }

    /// Takes what has arrived in all.
    ///
    /// - Returns: The rate over the window that ends now; nil as long as it was not watched for so long.
    mutating func note(_ count: Int64, at now: ContinuousClock.Instant) -> Double? {
        samples.append((now, count))
        guard let first = samples.lastIndex(where: { now - $0.at >= window }) else { return nil }
        samples.removeFirst(first)
        return Double(count - samples[0].count) / (now - samples[0].at).inSeconds
    }
}
