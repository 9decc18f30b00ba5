/// One line of the log about a relay.
enum RelayNews: Sendable, Hashable {
    /// Passing trouble began.
    case retries(RelayTrouble)
    /// It ended; since when and how many attempts failed.
    case runsAgain(RelayTrouble)
    /// Nothing is sent until a person acts.
    case paused(RelayTrouble)
}
