/// Slows the whole destination down when request after request fails, so that a dead service is not stormed.
///
/// A few failures among successes pass unnoticed; each record's own back-off is enough for them. After more than `tolerance`
/// failures in a row one request at a time is let through, each after a longer random delay, until one succeeds.
struct FailureGate: Sendable {
    private let tolerance: Int
    private var failuresInARow = 0
    private var opensAt = MonotonicTime.start

    init(tolerance: Int) {
        self.tolerance = tolerance
    }

    private var isTroubled: Bool { failuresInARow > tolerance }

    mutating func requestSucceeded() {
        failuresInARow = 0
    }

    mutating func requestFailed(now: MonotonicTime, backoff: inout Backoff) {
        failuresInARow += 1
        guard isTroubled else { return }
        opensAt = max(opensAt, now + backoff.delay(afterAttempts: failuresInARow - tolerance))
    }

    /// Another request may go out now.
    func isOpen(now: MonotonicTime, requestsInFlight: Int) -> Bool {
        !isTroubled || requestsInFlight == 0 && now >= opensAt
    }

    /// When to look again, if only time is missing; nil while it is open.
    func wakeUp(now: MonotonicTime, requestsInFlight: Int) -> MonotonicTime? {
        isTroubled && requestsInFlight == 0 && now < opensAt ? opensAt : nil
    }
}
