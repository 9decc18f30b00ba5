/// A request that came with a `traceparent` header.
public struct TracedRequest: Equatable, Sendable {
    /// The operation, such as `PutRecords`.
    public var operation: String
    /// The header as it came.
    public var traceparent: String
}
