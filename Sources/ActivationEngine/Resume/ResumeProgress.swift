public import ActivationCore

/// How far a dataflow is in making up for what it left undone while it was disabled (BEHAVIOUR 3.10).
public struct ResumeProgress: Sendable, Hashable {
    /// Profiles, by merge policy, that had their turn.
    public var processed: Int
    /// How many there were when it began, or when the server started; what a live record makes up for is one of them.
    public var total: Int
    /// Seconds until the end as it goes now; nil when that is not known.
    public var secondsLeft: Double?

    /// Creates progress.
    public init(processed: Int = 0, total: Int, secondsLeft: Double? = nil) {
        self.processed = processed
        self.total = total
        self.secondsLeft = secondsLeft
    }
}

extension Engine {
    /// How far a dataflow is in making up for what it left undone; nil when it is not at that.
    public func resumeProgress(_ dataflow: Dataflow.ID) -> ResumeProgress? { resumes.progress(of: dataflow) }
}
