/// A stretch of a profile's events that has to be read, by their timestamps.
public struct EventRange: Sendable, Hashable {
    /// The first timestamp.
    public var from: Timestamp
    /// The last timestamp; before the first where no event of a stretch is wanted, but the next one.
    public var through: Timestamp
    /// Whether the first event after the stretch is wanted too.
    public var includesNext: Bool

    /// Creates a stretch.
    public init(from: Timestamp, through: Timestamp, includesNext: Bool = false) {
        self.from = from
        self.through = through
        self.includesNext = includesNext
    }

    /// All events.
    public static let everything = EventRange(
        from: Timestamp(milliseconds: .min),
        through: Timestamp(milliseconds: .max)
    )

    /// The stretch with every later event where the first one after it is wanted: for whoever reads only some of the events,
    /// the first one may be of no use.
    var withAllThatFollow: EventRange {
        includesNext ? EventRange(from: min(from, through), through: Timestamp(milliseconds: .max)) : self
    }

    /// The same events in stretches that do not overlap, in order.
    public static func union(_ ranges: [EventRange]) -> [EventRange] {
        var union: [EventRange] = []
        for range in ranges.sorted(by: { ($0.from, $0.through) < ($1.from, $1.through) }) {
            // A stretch of no event stands for the next one alone.
            guard let last = union.last, range.from <= range.through, range.from <= last.through else {
                union.append(range)
                continue
            }
            union[union.count - 1] = EventRange(
                from: last.from,
                through: max(last.through, range.through),
                includesNext: last.includesNext || range.includesNext
            )
        }
        return union
    }
}

extension EventBoundary {
    /// The events for which the boundary may lie after one instant and up to another, and what tells the next ones.
    func range(after start: Int64, through end: Int64) -> EventRange {
        EventRange(
            from: Timestamp(milliseconds: firstTimestamp(after: start)),
            through: Timestamp(milliseconds: lastTimestamp(through: end)),
            includesNext: true
        )
    }

    /// The earliest instant after one at which the boundary is passed for an event later than those read.
    ///
    /// - Parameters:
    ///   - instant: Up to when the events for which the boundary is passed were read.
    ///   - events: Events in order, among them the first one after those, if there is any.
    /// - Returns: The instant, never too late.
    func next(after instant: Int64, in events: some RandomAccessCollection<ProfileEvent>) -> Int64 {
        let last = lastTimestamp(through: instant)
        guard let next = events.firstAfter(last) else { return .max }
        return max(PQLCalendar.clamped(instant, plus: 1), earliestInstant(from: next.timestamp.milliseconds))
    }
}

extension RandomAccessCollection where Element == ProfileEvent {
    /// The first event later than a timestamp; the events are in order.
    fileprivate func firstAfter(_ timestamp: Int64) -> ProfileEvent? {
        var low = startIndex
        var count = self.count
        while count > 0 {
            let middle = index(low, offsetBy: count / 2)
            if self[middle].timestamp.milliseconds <= timestamp {
                low = index(after: middle)
                count -= count / 2 + 1
            } else {
                count /= 2
            }
        }
        return low == endIndex ? nil : self[low]
    }
}
