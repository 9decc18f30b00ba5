/// Growing pauses between attempts: 0.2 s, doubling up to a bound.
struct RelayPause: Sendable {
    /// Attempts that failed in a row.
    private(set) var attempts = 0
    /// When the next one may be made.
    private(set) var until = Duration.zero
    private let max: Duration

    init(max: Duration) {
        self.max = max
    }

    mutating func failed(now: Duration) {
        attempts += 1
        // Beyond 13 doublings any bound is reached.
        until = now + min(.milliseconds(100 << min(attempts, 13)), max)
    }

    mutating func succeeded() {
        attempts = 0
        until = .zero
    }
}
