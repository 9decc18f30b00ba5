/// The life sign of an engine over a storage that ends with its process: nobody follows it, nobody went before it.
public struct NoLifeSign: LifeSign {
    /// Creates a sign.
    public init() {}

    /// Notes nothing.
    public func beat() throws(StorageError) {}

    /// Zero.
    public var interval: Duration { .zero }

    /// Nil: there never was a process before this one.
    public var silence: Duration? { nil }
}
