/// How long records took from the admission of their message to the acknowledgement of the destination, counted by bounds.
public struct DeliveryDelays: Sendable, Equatable {
    /// The bounds in milliseconds; longer ones count behind the last.
    public static let bounds: [Int64] = [
        5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000,
    ]

    /// Records up to each bound and over the one before it, and those over the last.
    public private(set) var counts = [Int64](repeating: 0, count: bounds.count + 1)
    /// All delays together, in milliseconds.
    public private(set) var sum: Int64 = 0

    /// Creates delays of no record.
    public init() {}

    /// Counts a record; a clock that was set back makes no delay negative.
    public mutating func add(milliseconds: Int64) {
        let delay = max(0, milliseconds)
        counts[Self.bounds.firstIndex { delay <= $0 } ?? Self.bounds.count] += 1
        sum = sum.addingReportingOverflow(delay).partialValue
    }

    /// Adds those of another count.
    public static func += (left: inout Self, right: Self) {
        for index in left.counts.indices { left.counts[index] += right.counts[index] }
        left.sum = left.sum.addingReportingOverflow(right.sum).partialValue
    }

    /// How many records there were.
    public var count: Int64 { counts.reduce(0, +) }

    /// What was counted after an earlier state of the same count; all of it when that is of another one.
    public func since(_ earlier: Self) -> Self {
        guard zip(counts, earlier.counts).allSatisfy({ $0 >= $1 }) else { return self }
        var rest = self
        for index in counts.indices { rest.counts[index] -= earlier.counts[index] }
        rest.sum = sum.subtractingReportingOverflow(earlier.sum).partialValue
        return rest
    }

    /// The first bound within which so many of a hundred records stayed.
    ///
    /// - Parameter percent: From 1 to 100.
    /// - Returns: Milliseconds; nil when there was no record, or the last bound was not enough.
    public func bound(ofPercent percent: Int64) -> Int64? {
        let count = count
        guard count > 0 else { return nil }
        // As many as it takes, rounded up.
        let wanted = count / 100 * percent + (count % 100 * percent + 99) / 100
        var within: Int64 = 0
        for (bound, records) in zip(Self.bounds, counts) {
            within += records
            if within >= wanted { return bound }
        }
        return nil
    }
}
