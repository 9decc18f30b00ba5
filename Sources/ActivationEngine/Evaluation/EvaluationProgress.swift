public import ActivationCore

/// How far the evaluation of a new or changed audience over stored profiles has come (BEHAVIOUR 5.1).
public struct EvaluationProgress: Sendable, Hashable {
    /// What the evaluation is doing.
    public enum State: String, Sendable {
        /// It has not begun, or something is in its way and it is tried again.
        case waiting
        /// Profiles are being evaluated.
        case running
        /// All profiles are evaluated.
        case done
    }

    /// What it is doing.
    public var state: State
    /// Profiles evaluated.
    public var processed: Int
    /// Profiles to be evaluated in all: those there were when it began, while it waits those there are.
    public var total: Int
    /// Profiles a second of late; nil unless it is running and has been for a moment.
    public var rate: Int?
    /// When it will be done if it goes on like that; nil when `rate` is.
    public var expectedEnd: Timestamp?

    /// Creates a progress.
    public init(state: State, processed: Int, total: Int, rate: Int? = nil, expectedEnd: Timestamp? = nil) {
        self.state = state
        self.processed = processed
        self.total = total
        self.rate = rate
        self.expectedEnd = expectedEnd
    }

    /// Whether all profiles are evaluated.
    public var isDone: Bool { state == .done }
}
