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
}
