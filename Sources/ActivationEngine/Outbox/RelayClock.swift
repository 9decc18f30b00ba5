/// The clock by which relays wait; tests have their own.
struct RelayClock: Sendable {
    /// Time since some beginning.
    var now: @Sendable () -> Duration
    /// Returns after a time, or when the task is cancelled.
    var sleep: @Sendable (Duration) async -> Void

    /// The system's, which also counts while the machine is asleep.
    static let system: RelayClock = {
        let start = ContinuousClock.now
        return RelayClock(
            now: { ContinuousClock.now - start },
            // Cancelled when nobody waits any more.
            sleep: { try? await Task.sleep(for: $0) }
        )
    }()
}
