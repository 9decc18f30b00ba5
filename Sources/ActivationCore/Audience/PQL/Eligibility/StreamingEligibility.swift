/// Whether Adobe would evaluate a definition as data arrives, and what in it stands against that (BEHAVIOUR 5.4).
///
/// Headwater itself evaluates every audience as data arrives; this only says what holds elsewhere. It is a function of
/// the expression and of what is known of the audiences that it names, so equal definitions get equal answers.
public struct StreamingEligibility: Sendable, Equatable {
    /// Why a definition is left to batch evaluation, and where.
    public struct Obstacle: Sendable, Equatable {
        /// What was found and what would be accepted.
        public var reason: String
        /// The line of the part that stands in the way, from 1.
        public var line: Int
        /// Its column in characters, from 1.
        public var column: Int
    }

    /// The first thing that stands in the way; nil when nothing does.
    public let obstacle: Obstacle?
    /// Whether the expression reads events, so that its members come and go with them.
    public let readsEvents: Bool

    /// Judges an expression.
    ///
    /// - Parameters:
    ///   - expression: The parsed expression.
    ///   - isStreamingEventAudience: Whether the audience of an `inSegment` argument reads events itself and is evaluated
    ///     as data arrives.
    public init(of expression: PQLExpression, isStreamingEventAudience: (String) -> Bool) {
        var reading = StreamingReading(source: expression.source)
        reading.read(definition: expression.root)
        readsEvents = !reading.events.isEmpty
        let found = StreamingEligibility.obstacle(reading, isStreamingEventAudience)
        obstacle = found.map { offset, reason in
            let place = expression.source.error(.syntax, at: offset, reason)
            return Obstacle(reason: reason, line: place.line, column: place.column)
        }
    }

    /// Whether a mode can be had; batch always can.
    public func allows(_ mode: EvaluationMode) -> Bool { mode == .batch || obstacle == nil }

    private static func obstacle(
        _ reading: StreamingReading,
        _ isStreamingEventAudience: (String) -> Bool
    ) -> (offset: Int, reason: String)? {
        if let place = reading.audienceManager {
            return (place, "Audience Manager's segments and traits are evaluated in batches")
        }
        if let place = reading.mapResult {
            return (place, "a result that is a map or an object is evaluated in batches")
        }
        guard let first = reading.events.first else { return nil }
        if let unbounded = reading.events.first(where: { $0.window != .day }) {
            return (unbounded.offset, unbounded.window.reason)
        }
        if reading.events.count > 1 {
            return (
                reading.events[1].offset,
                "a second test of events has no strict order with the first; events that belong together are steps of one CHAIN"
            )
        }
        if first.isNegated {
            return (first.offset, "the events as a whole are negated; a CHAIN may hold negated steps beside others")
        }
        if let audience = reading.audiences.first(where: { isStreamingEventAudience($0.name) }) {
            return (
                audience.offset,
                "inSegment names an audience that reads events as they arrive, beside events of this one; ask for both "
                    + "audiences in a third"
            )
        }
        return nil
    }
}
