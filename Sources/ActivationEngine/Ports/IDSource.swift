public import ActivationCore

/// Where new ids come from; the rules get them as input (I6).
public protocol IDSource: Sendable {
    /// An id that nobody has.
    func next() -> UUIDBytes
}
