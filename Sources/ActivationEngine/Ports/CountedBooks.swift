public import ActivationCore

/// A dataflow's books beside what was counted, row by row, at the same point of its history.
public struct CountedBooks: Sendable, Hashable {
    /// What the books say.
    public var counters: DataflowCounters
    /// Records that wait in the outbox.
    public var waiting: Int64
    /// Dead letters that are kept.
    public var deadLetters: Int64

    /// Creates counted books.
    public init(counters: DataflowCounters = DataflowCounters(), waiting: Int64 = 0, deadLetters: Int64 = 0) {
        self.counters = counters
        self.waiting = waiting
        self.deadLetters = deadLetters
    }

    /// How many more records wait than the books say.
    public var waitingSurplus: Int64 { waiting - counters.pending }

    /// How many more dead letters are kept than the books say.
    public var deadLettersSurplus: Int64 { deadLetters - counters.deadLetters }

    /// Whether every record that was called for is accounted for (I5).
    public var isBalanced: Bool { waitingSurplus == 0 && deadLettersSurplus == 0 }
}
