import ActivationCore

/// When something happened to a relay: by the clock that measures, and by the one that people read.
struct RelayInstant: Sendable {
    /// Time since some beginning; nobody sets it.
    var elapsed: Duration
    /// The time of day.
    var wall: Timestamp

    /// The time of day at another moment of the clock that measures.
    func wall(at moment: Duration) -> Timestamp {
        Timestamp(milliseconds: wall.milliseconds + Int64((moment - elapsed) / .milliseconds(1)))
    }
}
