/// How a sink is doing as a whole, beside what became of single records.
public enum SinkCondition: Sendable, Hashable {
    /// The destination takes records, or nothing is to be sent.
    case flowing
    /// Nothing gets through now; the sink goes on trying. `attempts` in a row have failed.
    case retrying(code: String, message: String, attempts: Int)
}

/// What a sink tells its relay.
public enum SinkEvent: Sendable {
    /// Outcomes of records.
    case reports([SinkReport])
    /// The condition changed; a sink begins as `flowing` and tells within a second (BEHAVIOUR 3.18).
    case condition(SinkCondition)
}
