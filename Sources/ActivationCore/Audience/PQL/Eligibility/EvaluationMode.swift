/// The three ways in which Adobe evaluates definitions: the members of `evaluationInfo` (BEHAVIOUR 5.4).
public enum EvaluationMode: String, Sendable, CaseIterable {
    /// By scheduled jobs.
    case batch
    /// As data arrives; Adobe calls it streaming.
    case continuous
    /// Before the answer to a page is given; Adobe calls it edge.
    case synchronous
}
