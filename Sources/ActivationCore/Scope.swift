/// The isolation unit of every stored object: one organisation's sandbox (BEHAVIOUR 1.1).
public struct Scope: Hashable, Sendable {
    /// The number under which the storage keeps the sandbox; first part of every key.
    public var rawValue: Int64

    /// Wraps a stored number.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The sandbox that exists from the first start, `prod`.
    public static let production = Scope(rawValue: 1)
}
