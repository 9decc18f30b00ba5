/// How long the events of datasets stay (BEHAVIOUR 4.8).
///
/// An event goes at the first full hour, by UTC, at which it is as old as its dataset lets events become.
public struct EventExpirations: Sendable, Hashable {
    /// How long the events of one dataset stay.
    public struct Lifetime: Sendable, Hashable {
        /// Days, brought into ``EventExpirations/days``.
        public let days: Int
        /// When that was set; no event goes by it at an earlier instant.
        public let since: Timestamp

        /// Creates a lifetime.
        public init(days: Int, since: Timestamp) {
            self.days = min(max(days, EventExpirations.days.lowerBound), EventExpirations.days.upperBound)
            self.since = since
        }

        fileprivate var milliseconds: Int64 { Int64(days) * EventExpirations.day }
    }

    /// By the dataset's id; datasets that are not there keep their events.
    private var lifetimes: [ByteKey: Lifetime]

    fileprivate static let hour: Int64 = 3_600_000
    fileprivate static let day = 24 * hour

    /// Days that a dataset can let its events stay: few enough to keep every instant far from where counting ends.
    public static let days = 1...4_000_000

    /// Creates expirations.
    ///
    /// - Parameter lifetimes: By the dataset's id.
    public init(_ lifetimes: [String: Lifetime] = [:]) {
        self.lifetimes = Dictionary(lifetimes.map { (ByteKey($0), $1) }) { first, _ in first }
    }

    /// Tells settings apart; nil while every event stays.
    ///
    /// Stored, so it never changes its form.
    public var version: String? {
        if lifetimes.isEmpty { return nil }
        return lifetimes.sorted { $0.key < $1.key }
            .map { "\($0.value.days) \($0.value.since.milliseconds) \($0.key.string.utf8.count) \($0.key.string)" }
            .joined(separator: " ")
    }

    /// Whether every event stays.
    public var isEmpty: Bool { lifetimes.isEmpty }

    /// The latest timestamp of which events of a dataset are gone at an instant; nil when they stay.
    func lastGone(of dataset: String, at now: Timestamp) -> Timestamp? {
        guard !lifetimes.isEmpty else { return nil }
        return lifetimes[ByteKey(dataset)].map { lifetime in
            Timestamp(milliseconds: Self.hourBegun(now.milliseconds) - lifetime.milliseconds)
        }
    }

    /// When an event of a dataset goes; nil when it stays as long as dates go.
    func end(of timestamp: Timestamp, in dataset: String) -> Timestamp? {
        guard !lifetimes.isEmpty, timestamp.isPlausible, let lifetime = lifetimes[ByteKey(dataset)] else { return nil }
        let end = Self.hourBegun(timestamp.milliseconds + lifetime.milliseconds + Self.hour - 1)
        let instant = max(Timestamp(milliseconds: end), lifetime.since)
        return instant.isPlausible ? instant : nil
    }

    private static func hourBegun(_ milliseconds: Int64) -> Int64 {
        let past = milliseconds % hour
        return milliseconds - (past < 0 ? past + hour : past)
    }
}
