/// What a producer tells.
public enum ProducerEvent: Sendable {
    /// Outcomes of records, in the order in which they became known.
    case settlements([Settlement])
    /// The condition is another one now; a producer begins as `flowing`.
    case condition(ProducerCondition)
}
