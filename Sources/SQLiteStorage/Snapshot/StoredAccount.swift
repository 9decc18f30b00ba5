public import ActivationCore

/// A dataflow's books beside the rows that there really are.
public struct StoredAccount: Sendable, Hashable {
    /// Whose they are.
    public var dataflow: Dataflow.ID
    /// What the books say.
    public var counters: DataflowCounters
    /// Records in the outbox.
    public var outboxRows: Int64
    /// Dead letters.
    public var deadLetterRows: Int64

    /// triggered = delivered + superseded + suppressed + parked + pending (I5), and as many dead letters as the books say.
    public var isBalanced: Bool { counters.pending == outboxRows && counters.deadLetters == deadLetterRows }
}
