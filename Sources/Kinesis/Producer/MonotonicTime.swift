/// An instant of a clock that never goes back; only differences mean anything.
struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's own beginning.
    var nanoseconds: Int64

    static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (time: Self, duration: Nanoseconds) -> Self {
        Self(nanoseconds: time.nanoseconds + duration.count)
    }

    static func - (left: Self, right: Self) -> Nanoseconds {
        Nanoseconds(count: left.nanoseconds - right.nanoseconds)
    }

    /// The beginning of the clock.
    static let start = Self(nanoseconds: 0)
    /// Later than anything that happens, with room to add to.
    static let never = Self(nanoseconds: .max / 2)
}

/// A span of time in the unit of ``MonotonicTime``, which is cheaper to add than a `Duration`.
struct Nanoseconds: Comparable, Hashable, Sendable {
    var count: Int64

    static func < (left: Self, right: Self) -> Bool { left.count < right.count }

    static func + (left: Self, right: Self) -> Self { Self(count: left.count + right.count) }

    /// The same span for callers.
    var duration: Duration { .nanoseconds(count) }

    init(count: Int64) {
        self.count = count
    }

    /// The same span; longer ones than a year become a year.
    init(_ duration: Duration) {
        let bounded = min(duration, .seconds(365 * 86_400))
        count = bounded.components.seconds * 1_000_000_000 + bounded.components.attoseconds / 1_000_000_000
    }
}
