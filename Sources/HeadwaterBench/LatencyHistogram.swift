import Glibc

/// Counts of durations in buckets about 3 % wide, from a microsecond to an hour.
struct LatencyHistogram {
    private static let stepsPerDoubling = 32.0
    private var counts = [Int](repeating: 0, count: 32 * 32)
    private var total = 0

    /// Counts some items that took as long.
    mutating func record(_ duration: Duration, count: Int = 1) {
        let microseconds = max(duration / .microseconds(1), 1)
        let bucket = Int((Glibc.log2(microseconds) * LatencyHistogram.stepsPerDoubling).rounded(.down))
        counts[min(bucket, counts.count - 1)] += count
        total += count
    }

    /// Milliseconds that a share of the items did not exceed.
    func milliseconds(_ share: Double) -> Double {
        var left = Int((Double(total) * share).rounded(.up))
        for (bucket, count) in counts.enumerated() where count > 0 {
            left -= count
            if left <= 0 { return Glibc.exp2(Double(bucket + 1) / LatencyHistogram.stepsPerDoubling) / 1_000 }
        }
        return 0
    }
}
