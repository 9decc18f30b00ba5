/// Whether a dataflow's records are leaving.
public enum RelayState: Sendable, Hashable {
    /// Records leave as they come.
    case running
    /// Passing trouble; what failed is tried again (BEHAVIOUR 3.18).
    case retrying(RelayTrouble)
    /// The destination refuses everything until a person acts, or one of the attempts passes that are made now and then
    /// (BEHAVIOUR 3.18).
    case paused(RelayTrouble)
    /// The dataflow is disabled; its rows wait.
    case disabled
}
