/// What a sink tells its relay.
public enum SinkEvent: Sendable {
    /// Outcomes of records.
    case reports([SinkReport])
    /// The condition changed; a sink begins as `flowing` and tells within a second (BEHAVIOUR 3.18).
    case condition(SinkCondition)
}
