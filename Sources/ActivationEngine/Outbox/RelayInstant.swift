import ActivationCore

/// When something happened to a relay: by the clock that measures, and by the one that people read.
struct RelayInstant: Sendable {
    /// Time since some beginning; nobody sets it.
    var elapsed: Duration
    /// The time of day.
    var wall: Timestamp
}

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

/// Rows of which copies may still be on their way to the destination, sent by a sink or a process that is gone.
///
/// Their profiles wait, or an old copy could follow a newer record (I4).
struct RelayHold: Sendable, Hashable {
    /// The last such row.
    var through: Int64
    /// When no copy can land any more, by the clock that measures.
    var until: Duration

    /// Both holds at once.
    static func longest(_ left: RelayHold?, _ right: RelayHold?) -> RelayHold? {
        guard let left, let right else { return left ?? right }
        return RelayHold(through: max(left.through, right.through), until: max(left.until, right.until))
    }
}
