public import ActivationCore

/// The wall clock and the random source of a shell; the rules get their values as input (I6).
public protocol TimeSource: Sendable {
    /// The current instant.
    func now() -> Timestamp
}
