import ActivationCore

/// When a destination that refused everything is tried again, by itself: after growing pauses.
struct RelayTrials: Sendable {
    /// The pause after the first refusal; it doubles with each.
    static let firstPause = Duration.seconds(15)
    /// The longest pause.
    static let pauseMax = Duration.seconds(600)

    /// For what everything was refused last.
    private(set) var trouble: RelayTrouble
    /// When it is tried again.
    private(set) var at: Duration

    /// Notes that everything was refused.
    ///
    /// - Parameters:
    ///   - trouble: For what; its attempts say how often.
    ///   - now: When.
    init(after trouble: RelayTrouble, now: RelayInstant) {
        at = now.elapsed + RelayTrials.pause(after: trouble.attempts)
        self.trouble = trouble
        self.trouble.nextAttemptAt = now.wall(at: at)
    }

    /// The pause after so many refusals in a row.
    static func pause(after attempts: Int) -> Duration {
        // Beyond 6 doublings the bound is reached.
        min(firstPause * (1 << min(max(attempts - 1, 0), 6)), pauseMax)
    }
}
