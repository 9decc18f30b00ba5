/// How far the evaluation of a new or changed audience over stored profiles has come (BEHAVIOUR 5.1).
public struct EvaluationProgress: Sendable, Hashable {
    /// Profiles evaluated.
    public var processed: Int
    /// Profiles there were when it began.
    public var total: Int
    /// Whether all are done.
    public var isDone: Bool

    /// Creates a progress.
    public init(processed: Int, total: Int, isDone: Bool) {
        self.processed = processed
        self.total = total
        self.isDone = isDone
    }
}
