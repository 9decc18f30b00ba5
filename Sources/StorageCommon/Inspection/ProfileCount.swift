package import ActivationCore

/// What was counted of the stored profiles while each was read.
package struct ProfileCount {
    /// All of them.
    package var all: Int64 = 0
    /// Those that cannot be read.
    package var unreadable: Int64 = 0
    /// Identities in profiles that are not found, or are another profile's.
    package var strayIdentities: Int64 = 0
    /// Profiles with another number of events than they say.
    package var otherEvents: Int64 = 0
    private var lateTimers: Int64 = 0
    private var overdue: Int64 = 0
    private var oldestDue: Timestamp?

    /// How long after its instant a timer may wait for others before somebody should look.
    private static let timerDelayMax = Duration.seconds(600)

    /// Creates a count of nothing.
    package init() {}

    /// Compares when the clock comes to a profile with when it has to.
    ///
    /// - Parameters:
    ///   - due: When it does; nil = never.
    ///   - timer: When it has to, by the profile; nil = never.
    ///   - now: The present instant.
    package mutating func compare(_ due: Timestamp?, _ timer: Timestamp?, _ now: Timestamp) {
        // What the clock comes to for other reasons is earlier; a profile that is left out of everything has none.
        if let due, let timer, timer < due { lateTimers += 1 }
        guard let due, due < now else { return }
        overdue += 1
        oldestDue = min(oldestDue ?? due, due)
    }

    /// What was found of profiles and of their timers.
    ///
    /// - Parameters:
    ///   - now: The present instant.
    ///   - advice: What to do about damage.
    /// - Returns: Two findings.
    package func findings(at now: Timestamp, advice: String) -> [StoreFinding] {
        let delay = oldestDue.map { $0.duration(to: now) } ?? .zero
        var timers = StoreFinding.of(
            "timers",
            tried: "instants at which the clock changes profiles",
            wrong: [(lateTimers, "of \(all) profiles stand later than their timers")],
            right: "\(overdue) profiles are due, the oldest for \(delay.components.seconds) s",
            advice: advice
        )
        if timers.severity == .fine, delay > Self.timerDelayMax {
            timers.severity = .warning
            timers.advice =
                "start the server if it is stopped; if it runs, look at /ready and the log, and at the machine's clock"
        }
        return [
            .of(
                "profiles",
                tried: "every stored profile",
                wrong: [
                    (unreadable, "of \(all) cannot be read"),
                    (strayIdentities, "identities of profiles are not found, or are another profile's"),
                    (otherEvents, "of \(all) have another number of events than they say"),
                ],
                right: "\(all) profiles, with their identities and events",
                advice: advice
            ),
            timers,
        ]
    }
}
