/// Slows the whole destination down when request after request fails, so that a dead service is not stormed.
///
/// A few failures among successes pass unnoticed; each record's own back-off is enough for them. After more than `tolerance`
/// failures in a row one probe at a time is let through, each after a longer random delay up to about a second, until one
/// succeeds. A probe that is not answered may wait for a dead network as long as any request does; brief ones go beside it, so that
/// a service that is back is noticed at once, and one that is slow is not given up.
struct FailureGate: Sendable {
    /// What may go out.
    enum Passage: Sendable {
        /// Any request.
        case open
        /// A request that tells whether the service is back.
        case probe
        /// Another one beside it, which is given up soon.
        case briefProbe
    }

    /// How long a brief probe may be on its way, and when it follows another.
    static let brief = Nanoseconds(.milliseconds(750))
    /// How long after a failed probe the next one goes at last, so that a service that is back does not wait longer.
    private static let interval = Nanoseconds(.seconds(1))
    /// Failed probes before that.
    private static let quickProbes = 4

    private let tolerance: Int
    private let probesBriefly: Bool
    private var failuresInARow = 0
    private var troubledAt = MonotonicTime.start
    private var opensAt = MonotonicTime.start

    /// Creates an open gate.
    ///
    /// - Parameters:
    ///   - tolerance: So many failures in a row are no trouble.
    ///   - probesBriefly: Whether brief probes go; not under a limit of attempts, which each would use up one of.
    init(tolerance: Int, probesBriefly: Bool = true) {
        self.tolerance = tolerance
        self.probesBriefly = probesBriefly
    }

    private var isTroubled: Bool { failuresInARow > tolerance }

    mutating func requestSucceeded() {
        failuresInARow = 0
    }

    mutating func requestSent(now: MonotonicTime) {
        if isTroubled { opensAt = now + Self.brief }
    }

    /// A request failed, without an answer to any other meanwhile if `isSilence`: then one tells enough.
    mutating func requestFailed(
        sentAt: MonotonicTime,
        isBrief: Bool,
        isSilence: Bool = false,
        now: MonotonicTime,
        backoff: inout Backoff
    ) {
        // What was sent before the trouble was known tells nothing new.
        if isTroubled, sentAt < troubledAt { return }
        if !isTroubled { troubledAt = now }
        failuresInARow = (isSilence ? max(failuresInARow, tolerance) : failuresInARow) + 1
        guard isTroubled, !isBrief else { return }
        let probes = failuresInARow - tolerance
        opensAt =
            now
            + (probes > Self.quickProbes
                ? backoff.spread(min(Self.interval, backoff.max)) : backoff.delay(afterAttempts: probes))
    }

    /// What may go out now; nil if nothing may.
    func passage(now: MonotonicTime, inFlight: Int, briefInFlight: Int) -> Passage? {
        guard isTroubled else { return .open }
        return now >= opensAt ? probe(inFlight, briefInFlight) : nil
    }

    /// When to look again, if only time is missing; nil otherwise.
    func wakeUp(now: MonotonicTime, inFlight: Int, briefInFlight: Int) -> MonotonicTime? {
        isTroubled && now < opensAt && probe(inFlight, briefInFlight) != nil ? opensAt : nil
    }

    private func probe(_ inFlight: Int, _ briefInFlight: Int) -> Passage? {
        inFlight == briefInFlight ? .probe : probesBriefly && briefInFlight == 0 ? .briefProbe : nil
    }
}
