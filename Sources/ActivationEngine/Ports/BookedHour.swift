public import ActivationCore

/// What a dataflow's books took in within one hour (docs/decisions/0023).
public struct BookedHour: Sendable, Hashable {
    /// When the hour begins, a whole number of hours since 1970.
    public var start: Timestamp
    /// What was entered; a record that is delivered after its profile was deleted takes back that it was suppressed, so
    /// that count may be negative.
    public var counters: DataflowCounters
    /// What of that was entered of audiences (docs/decisions/0046); nil when the hour began before that was kept, or nobody asked.
    public var audiences: AudienceBooks?

    /// Creates an hour.
    public init(start: Timestamp, counters: DataflowCounters, audiences: AudienceBooks? = nil) {
        self.start = start
        self.counters = counters
        self.audiences = audiences
    }
}

extension BookedHour {
    /// Milliseconds of an hour.
    public static let length: Int64 = 3_600_000
    /// For how many hours before a dataflow's last one they are kept.
    public static let keptHours: Int64 = 30 * 24

    /// The number of the hour that an instant lies in, counted from 1970.
    public static func number(of instant: Timestamp) -> Int64 { instant.number(ofStep: length) }

    /// The hours of a dataflow from what its books said when each began.
    ///
    /// - Parameters:
    ///   - openings: The number of every hour in which anything was entered, in order, and the books before that.
    ///   - books: The books now.
    /// - Returns: One hour for each opening.
    public static func hours(
        from openings: [(number: Int64, books: DataflowCounters)],
        to books: DataflowCounters
    ) -> [BookedHour] {
        openings.indices.map { index in
            let end = index + 1 < openings.count ? openings[index + 1].books : books
            return BookedHour(
                start: Timestamp(milliseconds: openings[index].number &* length),
                counters: end.since(openings[index].books)
            )
        }
    }
}

extension OutboxSettlement {
    /// When it became known how the row ended; nil of what has no receipt.
    public var at: Timestamp? {
        switch outcome {
        case .delivered, .recalled: receipt?.at
        case .parked(_, _, let at): at
        }
    }
}
