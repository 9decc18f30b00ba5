import ActivationCore

/// How fast profiles are evaluated, of late.
struct EvaluationRate: Sendable {
    private struct Sample: Sendable {
        var instant: Timestamp
        var visited: Int64
    }

    private var first: Sample?
    private var middle: Sample?
    private var last: Sample?

    /// The rate tells of one to two times this long.
    private static let window = Duration.seconds(5)
    /// What is slower has stopped.
    private static let rateMin = 0.001

    /// Notes how many profiles had been evaluated at an instant.
    mutating func note(_ visited: Int64, at now: Timestamp) {
        let sample = Sample(instant: now, visited: visited)
        guard let last, let middle, last.instant <= now else {
            // The first, or the clock was set back.
            (first, middle, last) = (sample, sample, sample)
            return
        }
        if middle.instant.duration(to: now) >= Self.window { (first, self.middle) = (middle, sample) }
        self.last = sample
    }

    /// Forgets everything: the evaluation rests.
    mutating func rest() {
        (first, middle, last) = (nil, nil, nil)
    }

    /// Profiles a second; nil when that is not known.
    var perSecond: Double? {
        guard let first, let last, first.instant < last.instant else { return nil }
        let rate = Double(last.visited - first.visited) / (first.instant.duration(to: last.instant) / .seconds(1))
        return rate >= Self.rateMin ? rate : nil
    }
}
