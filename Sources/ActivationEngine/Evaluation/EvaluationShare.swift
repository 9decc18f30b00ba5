import ActivationCore

/// What the evaluation still has to do for one audience, or that it is done.
struct EvaluationShare: Sendable, Hashable {
    var audience: Audience.ID
    /// The version this is about.
    var version: AudienceVersion
    /// Where it began; nil = all profiles are evaluated.
    var start: EvaluationPosition?
    /// Profiles there were when it began; once it is done, those that were evaluated.
    var total: Int

    /// Longer than anybody waits, and far from where counting ends.
    private static let remainingMillisecondsMax = 1e13

    /// Notes that it is done when the position has come round to where it began.
    mutating func settle(at position: EvaluationPosition) {
        guard let start, position.isOnceAround(from: start) else { return }
        self.start = nil
        total = position.visited(since: start)
    }

    /// How far it is.
    ///
    /// - Parameters:
    ///   - position: Where the evaluation stands.
    ///   - rate: Profiles a second, when the evaluation is moving and this is known.
    ///   - isMoving: Whether nothing is in the way.
    ///   - now: The present instant.
    /// - Returns: The progress.
    func progress(
        at position: EvaluationPosition,
        rate: Double?,
        isMoving: Bool,
        now: Timestamp
    ) -> EvaluationProgress {
        guard let start else { return EvaluationProgress(state: .done, processed: total, total: total) }
        let processed = position.visited(since: start)
        var progress = EvaluationProgress(
            state: isMoving ? .running : .waiting,
            processed: processed,
            total: max(total, processed)
        )
        guard isMoving, let rate else { return progress }
        let milliseconds = Double(progress.total - processed) / rate * 1_000
        progress.rate = Int(rate.rounded())
        progress.expectedEnd = Timestamp(
            milliseconds: now.milliseconds + Int64(min(milliseconds, EvaluationShare.remainingMillisecondsMax))
        )
        return progress
    }
}
