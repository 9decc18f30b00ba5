public import ActivationCore

/// What a storage knows of one ``EventRequest/Item``.
public struct LoadedEvents: Sendable {
    /// A stored event.
    public struct Event: Sendable {
        /// The event's `_id`.
        public var id: String
        /// The event's time.
        public var timestamp: Timestamp
        /// Canonical JSON; empty when only the index was asked for.
        public var body: [UInt8]

        /// Creates an event.
        public init(id: String, timestamp: Timestamp, body: [UInt8]) {
            self.id = id
            self.timestamp = timestamp
            self.body = body
        }
    }

    /// All events by (timestamp, id's bytes); nil when the extent was `none`.
    public var events: [Event]?
    /// For each asked id whether the profile holds it.
    public var known: [Bool]

    /// Creates an answer.
    public init(events: [Event]? = nil, known: [Bool] = []) {
        self.events = events
        self.known = known
    }
}
