/// What an evaluation says.
public struct PQLOutcome: Sendable, Hashable {
    /// Whether the definition's value is true.
    public var qualifies: Bool
    /// The earliest instant after the evaluation's at which the outcome can change with no new data.
    ///
    /// Never too late; too early where several times are read, of which the earliest to change is told. Nil = never, as
    /// long as clocks show years of four digits.
    public var changesAt: Timestamp?

    /// Creates an outcome.
    public init(qualifies: Bool, changesAt: Timestamp? = nil) {
        self.qualifies = qualifies
        self.changesAt = changesAt
    }
}
