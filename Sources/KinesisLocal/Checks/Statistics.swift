/// What an endpoint has done since it started.
public struct Statistics: Equatable, Sendable {
    /// What happened to one stream.
    public struct Stream: Equatable, Sendable {
        /// The stream's name.
        public var name: String
        /// Its open shards.
        public var shards: Int
        /// Records stored, refused and dropped.
        public var counts: StreamCounts
        /// Bytes that its records occupy now.
        public var retainedBytes: Int
    }

    /// Requests by operation.
    public var requests: [String: Int] = [:]
    /// Refused requests by the name of the error.
    public var refusals: [String: Int] = [:]
    /// Connections closed instead of an answer, by a fault.
    public var droppedConnections = 0
    /// Requests that were never answered, by a fault.
    public var hungRequests = 0
    /// The streams by name.
    public var streams: [Stream] = []
}
