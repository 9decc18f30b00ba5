public import ActivationCore

/// The wall clock; the rules get its values as input (I6).
public protocol TimeSource: Sendable {
    /// The current instant.
    func now() -> Timestamp
}
