/// How long the events of datasets stay (BEHAVIOUR 4.8).
///
/// An event goes at the first full hour, by UTC, at which it is as old as its dataset lets events become.
public struct EventExpirations: Sendable, Hashable {
    /// Milliseconds by the dataset's id; datasets that are not there keep their events.
    private var lifetimes: [ByteKey: Int64]

    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour

    /// Days that a dataset can let its events stay: few enough to keep every instant far from where counting ends.
    public static let days = 1...4_000_000

    /// Creates expirations.
    ///
    /// - Parameter days: Days by the dataset's id, brought into ``EventExpirations/days``.
    public init(days: [String: Int] = [:]) {
        lifetimes = [:]
        for (dataset, days) in days {
            let range = EventExpirations.days
            lifetimes[ByteKey(dataset)] = Int64(min(max(days, range.lowerBound), range.upperBound)) * Self.day
        }
    }

    /// Tells settings apart; nil while every event stays.
    ///
    /// Stored, so it never changes its form.
    public var version: String? {
        if lifetimes.isEmpty { return nil }
        let days = lifetimes.map { (key: $0.key, days: $0.value / Self.day) }.sorted { $0.key < $1.key }
        return days.map { "\($0.days) \($0.key.string.utf8.count) \($0.key.string)" }.joined(separator: " ")
    }

    /// Whether every event stays.
    public var isEmpty: Bool { lifetimes.isEmpty }

    /// The latest timestamp of which events of a dataset are gone at an instant; nil when they stay.
    func lastGone(of dataset: String, at now: Timestamp) -> Timestamp? {
        guard !lifetimes.isEmpty else { return nil }
        return lifetimes[ByteKey(dataset)].map { lifetime in
            Timestamp(milliseconds: Self.hourBegun(now.milliseconds) - lifetime)
        }
    }

    /// When an event of a dataset goes; nil when it stays as long as dates go.
    func end(of timestamp: Timestamp, in dataset: String) -> Timestamp? {
        guard !lifetimes.isEmpty, let lifetime = lifetimes[ByteKey(dataset)] else { return nil }
        let end = Timestamp(milliseconds: Self.hourBegun(timestamp.milliseconds + lifetime + Self.hour - 1))
        return end.isPlausible ? end : nil
    }

    private static func hourBegun(_ milliseconds: Int64) -> Int64 {
        let past = milliseconds % hour
        return milliseconds - (past < 0 ? past + hour : past)
    }
}
