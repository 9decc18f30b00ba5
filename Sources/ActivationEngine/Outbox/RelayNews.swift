/// One line of the log about a relay.
enum RelayNews: Sendable, Hashable {
    /// Passing trouble began.
    case retries(RelayTrouble)
    /// It ended; since when and how many attempts failed.
    case runsAgain(RelayTrouble)
    /// Nothing is sent until a person acts, or an attempt passes.
    case paused(RelayTrouble)
    /// What had paused everything has passed; since when and how many attempts failed.
    case resumed(RelayTrouble)
}
