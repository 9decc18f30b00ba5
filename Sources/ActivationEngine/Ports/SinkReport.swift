/// A record's number and its outcome.
public struct SinkReport: Sendable {
    /// ``SinkRecord/token``.
    public var token: Int64
    /// What became of it.
    public var outcome: SinkOutcome

    /// Creates a report.
    public init(token: Int64, outcome: SinkOutcome) {
        self.token = token
        self.outcome = outcome
    }
}
