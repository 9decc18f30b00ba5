/// A sink and the records that belong to it.
public struct SinkRoute: Sendable {
    /// Where they go.
    public var sink: any RecordSink
    /// The last outbox row that does; nil = all that wait and are to come.
    public var through: Int64?

    /// Creates a route.
    public init(sink: any RecordSink, through: Int64? = nil) {
        self.sink = sink
        self.through = through
    }
}
