/// Slows the whole destination down when request after request fails, so that a dead service is not stormed.
///
/// A few failures among successes pass unnoticed; each record's own back-off is enough for them. After more than `tolerance`
/// failures in a row, and when none of the requests on their way is answered for too long, probes are let through instead, each
/// after a longer random delay up to about a second, until one succeeds. A probe that is not answered may wait as long as any
/// request does, so that a slow service is not given up; others go beside it, so that one that is back is noticed soon.
struct FailureGate: Sendable {
    /// What may go out.
    enum Passage: Sendable {
        /// Any request.
        case open
        /// A request that tells whether the service is back.
        case probe
    }

    /// How long after a probe the next one goes at last, failed or without an answer, so that a service that is back does not wait
    /// longer: about ten are on their way to one that answers nothing.
    private static let interval = Nanoseconds(.seconds(1))
    /// Failed probes before that.
    private static let quickProbes = 4

    private let tolerance: Int
    private let probesBesideOthers: Bool
    private var failuresInARow = 0
    private var troubledAt = MonotonicTime.start
    private var opensAt = MonotonicTime.start

    /// Creates an open gate.
    ///
    /// - Parameters:
    ///   - tolerance: So many failures in a row are no trouble.
    ///   - probesBesideOthers: Whether a probe goes beside requests without an answer; not under a limit of attempts, which each
    ///     would use up one of.
    init(tolerance: Int, probesBesideOthers: Bool = true) {
        self.tolerance = tolerance
        self.probesBesideOthers = probesBesideOthers
    }

    private var isTroubled: Bool { failuresInARow > tolerance }

    mutating func requestSucceeded() {
        failuresInARow = 0
    }

    mutating func requestSent(now: MonotonicTime) {
        if isTroubled { opensAt = now + Self.interval }
    }

    /// Of all requests on their way none has been answered for too long.
    mutating func requestsSilent(now: MonotonicTime) {
        guard probesBesideOthers, !isTroubled else { return }
        failuresInARow = tolerance + 1
        troubledAt = now
        opensAt = now
    }

    /// A request failed, without an answer to any other meanwhile if `isSilence`: then one tells enough.
    mutating func requestFailed(
        sentAt: MonotonicTime,
        isSilence: Bool = false,
        now: MonotonicTime,
        backoff: inout Backoff
    ) {
        // What was sent before the trouble was known tells nothing new.
        if isTroubled, sentAt < troubledAt { return }
        // Nor does another one that nobody answers, where others go beside it.
        if isTroubled, isSilence, probesBesideOthers { return }
        if !isTroubled { troubledAt = now }
        failuresInARow = (isSilence ? max(failuresInARow, tolerance) : failuresInARow) + 1
        guard isTroubled else { return }
        let probes = failuresInARow - tolerance
        opensAt =
            now
            + (probes > Self.quickProbes
                ? backoff.spread(min(Self.interval, backoff.max)) : backoff.delay(afterAttempts: probes))
    }

    /// What may go out now, beside so many requests on their way; nil if nothing may.
    func passage(now: MonotonicTime, inFlight: Int) -> Passage? {
        guard isTroubled else { return .open }
        return now >= opensAt && mayProbe(inFlight) ? .probe : nil
    }

    /// When to look again, if only time is missing; nil otherwise.
    func wakeUp(now: MonotonicTime, inFlight: Int) -> MonotonicTime? {
        isTroubled && now < opensAt && mayProbe(inFlight) ? opensAt : nil
    }

    private func mayProbe(_ inFlight: Int) -> Bool { inFlight == 0 || probesBesideOthers }
}
