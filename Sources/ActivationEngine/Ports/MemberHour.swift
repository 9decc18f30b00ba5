public import ActivationCore

/// What an audience's counters took in within one hour (docs/decisions/0027).
public struct MemberHour: Sendable, Hashable {
    /// When the hour begins, a whole number of hours since 1970.
    public var start: Timestamp
    /// Who entered and who exited.
    public var counters: MemberCounters
    /// Members at its end, or now when it is the last.
    public var members: Int64

    /// Creates an hour.
    public init(start: Timestamp, counters: MemberCounters, members: Int64) {
        self.start = start
        self.counters = counters
        self.members = members
    }
}

extension MemberHour {
    /// The hours of an audience from what its counters said when each began.
    ///
    /// - Parameters:
    ///   - openings: The number of every hour in which anything was counted, in order, and the counters before that.
    ///   - counters: The counters now.
    /// - Returns: One hour for each opening.
    public static func hours(
        from openings: [(number: Int64, counters: MemberCounters)],
        to counters: MemberCounters
    ) -> [MemberHour] {
        openings.indices.map { index in
            let end = index + 1 < openings.count ? openings[index + 1].counters : counters
            return MemberHour(
                start: Timestamp(milliseconds: openings[index].number &* BookedHour.length),
                counters: end.since(openings[index].counters),
                members: end.members
            )
        }
    }
}
