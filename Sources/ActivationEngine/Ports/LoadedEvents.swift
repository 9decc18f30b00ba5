public import ActivationCore

/// What a storage knows of one ``EventRequest/Item``.
public struct LoadedEvents: Sendable {
    /// A stored event.
    public struct Event: Sendable {
        /// The event's `_id`.
        public var id: String
        /// The event's time.
        public var timestamp: Timestamp
        /// The number of the dataset that it came in; 0 = not known.
        public var dataset: UInt16
        /// Canonical JSON; empty when only the index was asked for.
        public var body: [UInt8]

        /// Creates an event.
        public init(id: String, timestamp: Timestamp, dataset: UInt16, body: [UInt8]) {
            self.id = id
            self.timestamp = timestamp
            self.dataset = dataset
            self.body = body
        }
    }

    /// All events by (timestamp, id's bytes), of an extent of `none` those of the stretches and the oldest, each once; nil
    /// when nothing of that was asked for.
    public var events: [Event]?
    /// For each asked id whether the profile holds it.
    public var known: [Bool]

    /// Creates an answer.
    public init(events: [Event]? = nil, known: [Bool] = []) {
        self.events = events
        self.known = known
    }
}

extension LoadedEvents {
    /// Events by (timestamp, id's bytes), each once.
    public static func distinct(_ events: [Event]) -> [Event] {
        var distinct: [Event] = []
        distinct.reserveCapacity(events.count)
        for event in events.sorted(by: isEarlier)
        where distinct.last.map({ !$0.id.utf8.elementsEqual(event.id.utf8) || $0.timestamp != event.timestamp }) ?? true
        {
            distinct.append(event)
        }
        return distinct
    }

    /// The order of events: by timestamp, then by the bytes of the id.
    public static func isEarlier(_ left: Event, _ right: Event) -> Bool {
        left.timestamp != right.timestamp
            ? left.timestamp < right.timestamp : left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
}
