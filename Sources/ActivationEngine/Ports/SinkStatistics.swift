/// What a sink did since it was opened and what it holds; counters only rise.
public struct SinkStatistics: Sendable, Equatable {
    /// A part of the destination with a pace of its own.
    public struct Lane: Sendable, Equatable {
        /// What the destination calls it; nil while that is not known.
        public var name: String?
        /// Records that may go to it in a second now.
        public var recordsPerSecond: Double
        /// Records that wait for the pace now; of each profile the first one counts.
        public var ready: Int
        /// Records that the destination acknowledged.
        public var delivered: Int
        /// Times that a record was refused because the lane takes no more for now.
        public var throttled: Int

        /// Creates a lane.
        public init(name: String?, recordsPerSecond: Double, ready: Int, delivered: Int, throttled: Int) {
            self.name = name
            self.recordsPerSecond = recordsPerSecond
            self.ready = ready
            self.delivered = delivered
            self.throttled = throttled
        }
    }

    /// How what a sink signs in with stands.
    public struct Credentials: Sendable, Equatable {
        /// Why others could not be had.
        public struct Failure: Sendable, Equatable {
            /// The destination's name of it.
            public var code: String
            /// What was asked and answered; no secret.
            public var message: String

            /// Creates a failure.
            public init(code: String, message: String) {
                self.code = code
                self.message = message
            }
        }

        /// For how long they are valid still.
        public var left: Duration
        /// Why the last attempt to renew them failed; nil = it has not.
        public var failure: Failure?

        /// Creates a standing.
        public init(left: Duration, failure: Failure? = nil) {
            self.left = left
            self.failure = failure
        }
    }

    /// Requests sent.
    public var requests = 0
    /// Requests that failed as a whole.
    public var requestFailures = 0
    /// Times that a record was put back to be sent again.
    public var retried = 0
    /// Times that a record was refused because its lane takes no more for now.
    public var throttled = 0
    /// Records in requests of unknown fate: the destination may hold each of them twice.
    public var duplicatesPossible = 0
    /// Records in memory now.
    public var heldRecords = 0
    /// Bytes in memory now.
    public var heldBytes = 0
    /// Requests on their way now.
    public var requestsInFlight = 0
    /// How its credentials stand; nil when they have no end that is known.
    public var credentials: Credentials?
    /// The parts of the destination.
    public var lanes: [Lane] = []

    /// Creates statistics of a sink that has done nothing.
    public init() {}
}
