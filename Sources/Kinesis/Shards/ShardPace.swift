/// How fast records may go to one shard: two token buckets, records and bytes, whose pace follows from what the service throttles.
///
/// A pace is a share of what every shard takes (KINESIS 1.3). Once in a window it is judged by the results of what was sent at that
/// pace, never by older ones. Throttling is all that tells of other writers, of limits that are not known, and of a service that
/// throttles for reasons of its own; going slower helps against the first two only, so a pace has a floor, and few throttles at a
/// pace that the shard must bear do not count.
struct ShardPace: Sendable {
    /// Where a pace may move.
    struct Bounds: Sendable {
        /// At first.
        var start: Double
        /// Not slower, however much is throttled.
        var floor: Double
        /// What the shard takes, where that is known.
        var limit: Double?
        /// The seconds over which tokens are saved up.
        var reserve: Double

        /// One shard.
        static let shard = Bounds(start: 1, floor: 0.5, limit: 1, reserve: 1)
        /// A part of a stream's hash keys, which may be less than a shard or many: together they begin as four shards would, but
        /// with no more saved up than one takes at once.
        static let part = Bounds(
            start: 4 / Double(ShardMap.partCount),
            floor: 1 / Double(ShardMap.partCount),
            limit: nil,
            reserve: 0.25
        )
    }

    /// What a shard takes in a second.
    static let recordsPerSecond = 1_000.0
    /// What a shard takes in a second, data and partition keys.
    static let bytesPerSecond = Double(1 << 20)
    /// A pace is judged at most once in so long, and once per round trip.
    static let window = Nanoseconds(.milliseconds(250))
    /// Fewer results say nothing.
    private static let resultsMin = 10
    /// A lane that is out of tokens collects them for so long, so that requests are not single records.
    static let gathering = Nanoseconds(.milliseconds(50))
    /// Not more than these, however fast it is.
    private static let gatheredRecordsMax = 100.0
    private static let gatheredBytesMax = 102_400.0
    /// A larger share of throttled records makes a pace slower; up to half of it, it may still grow.
    private static let tolerance = 0.2
    /// By so much at most at a time.
    private static let slowest = 0.5
    /// A pace grows when so much of it was used.
    private static let used = 0.8
    /// Growth in a second: of the pace itself far from the limit, of the limit near it.
    private static let growth = 0.5
    private static let growthAtLimit = 0.05
    /// Throttling near the limit leads back to this share of it: the shard then has a little in reserve, without which every
    /// record that comes a moment early is throttled.
    private static let belowLimit = 0.95
    /// Not faster than this share of the limit while throttling above it is remembered.
    private static let ceiling = 1.1
    private static let memory = Nanoseconds(.seconds(60))
    /// Not faster than as many shards.
    private static let factorMax = 1_024.0
    /// Results without a single written record, and the time over them, that make a lane pause.
    private static let barrenMax = 20
    private static let barrenTime = Nanoseconds(.seconds(1))
    /// The pause's bound doubles so often.
    private static let doublingsMax = 5

    private let bounds: Bounds
    /// The pace, as a share of what one shard takes.
    private(set) var factor: Double
    private var records: Double
    private var bytes: Double
    private var filledAt: MonotonicTime
    /// The next record does not fit before there are so many bytes.
    private var bytesWanted = 0
    private var sentAt = MonotonicTime.start

    private var judgedAt: MonotonicTime
    private var written = 0
    private var throttled = 0
    /// What was sent since then.
    private var sentRecords = 0.0
    private var sentBytes = 0.0
    private var throttledAt: MonotonicTime?
    /// Since when every window has seen throttling.
    private var throttledSince: MonotonicTime?

    private var barren = 0
    private var barrenSince = MonotonicTime.start
    private var pauses = 0
    private var pausedUntil = MonotonicTime.start

    /// Creates a pace.
    ///
    /// - Parameters:
    ///   - bounds: Where it may move.
    ///   - fill: How full the buckets are, 0 to 1.
    ///   - now: The time.
    init(_ bounds: Bounds, fill: Double, now: MonotonicTime) {
        self.bounds = bounds
        factor = bounds.start
        records = bounds.start * Self.recordsPerSecond * bounds.reserve * fill
        bytes = bounds.start * Self.bytesPerSecond * bounds.reserve * fill
        filledAt = now
        judgedAt = now
    }

    private var recordRate: Double { factor * Self.recordsPerSecond }
    private var byteRate: Double { factor * Self.bytesPerSecond }
    private var recordsMax: Double { recordRate * bounds.reserve }
    private var bytesMax: Double { byteRate * bounds.reserve }

    /// How full the buckets are, 0 to 1.
    var fill: Double { max(0, min(records / recordsMax, bytes / bytesMax, 1)) }

    // MARK: Sending

    /// When a lane may send what waits in it, or a good part of that.
    ///
    /// - Parameters:
    ///   - count: Records that wait.
    ///   - waitingBytes: What they count together.
    ///   - now: The time.
    /// - Returns: The instant; not after `now` if it may send now.
    func opensAt(count: Int, waitingBytes: Int, now: MonotonicTime) -> MonotonicTime {
        let share = Double(Self.gathering.count) / 1e9
        let records = max(1, min(recordRate * share, Self.gatheredRecordsMax))
        let bytes = min(byteRate * share, Self.gatheredBytesMax)
        let recordsWanted = min(Double(count), records)
        let bytesWanted = min(bytesMax, max(Double(bytesWanted), min(Double(waitingBytes), bytes)))
        let lack = max((recordsWanted - self.records) / recordRate, (bytesWanted - self.bytes) / byteRate)
        var time = filledAt
        if lack > 0 { time = time + Nanoseconds(count: Int64(min(lack, 1e6) * 1e9) + 1) }
        if let throttledAt, now < throttledAt + Self.window { time = max(time, sentAt + Self.gathering) }
        return max(time, pausedUntil)
    }

    /// Puts in what the time since the last time has brought, as far as there is room.
    mutating func refill(now: MonotonicTime) {
        let elapsed = Double((now - filledAt).count) / 1e9
        guard elapsed > 0 else { return }
        filledAt = now
        records = min(recordsMax, records + elapsed * recordRate)
        bytes = min(bytesMax, bytes + elapsed * byteRate)
    }

    /// Takes out what one record costs, after ``refill(now:)``; false when there is not enough.
    ///
    /// A record larger than the whole bucket goes when that is full, and leaves a debt.
    mutating func take(bytes size: Int, now: MonotonicTime) -> Bool {
        guard records >= 1, bytes >= min(Double(size), bytesMax) else {
            bytesWanted = size
            return false
        }
        records -= 1
        bytes -= Double(size)
        sentRecords += 1
        sentBytes += Double(size)
        bytesWanted = 0
        sentAt = now
        return true
    }

    /// How many records of those that wait could be taken now.
    func sendable(count: Int, now: MonotonicTime) -> Int {
        let elapsed = Double((now - filledAt).count) / 1e9
        return min(count, Int(min(recordsMax, records + elapsed * recordRate)))
    }

    // MARK: Results

    /// A record was written that was sent at an instant.
    mutating func noteWritten(sentAt: MonotonicTime, now: MonotonicTime) {
        barren = 0
        pauses = 0
        judge(now: now)
        if sentAt >= judgedAt { written += 1 }
    }

    /// A record was throttled that was sent at an instant.
    mutating func noteThrottled(bytes size: Int, sentAt: MonotonicTime, backoff: inout Backoff, now: MonotonicTime) {
        // The service has not taken what leaves a debt.
        if Double(size) > bytesMax { bytes = max(bytes, bytesMax / 2) }
        judge(now: now)
        if sentAt >= judgedAt { throttled += 1 }
        throttledAt = now
        throttledSince = throttledSince ?? now
        if barren == 0 { barrenSince = now }
        barren += 1
        // Once for all that comes back from before the pause.
        if barren >= Self.barrenMax, now >= barrenSince + Self.barrenTime, sentAt >= pausedUntil {
            pauses = min(pauses + 1, Self.doublingsMax)
            pausedUntil = now + backoff.delay(afterAttempts: pauses)
        }
    }

    /// Throttling has gone on for so long; tells it once in that time.
    mutating func isThrottled(for time: Nanoseconds, now: MonotonicTime) -> Bool {
        guard let since = throttledSince, now >= since + time else { return false }
        throttledSince = now
        return true
    }

    /// Sets the pace by the results of a window that is over.
    private mutating func judge(now: MonotonicTime) {
        let elapsed = now - judgedAt
        let count = written + throttled
        guard elapsed >= Self.window, count >= Self.resultsMin else { return }
        let before = factor
        let share = Double(throttled) / Double(count)
        let seconds = Double(elapsed.count) / 1e9
        let isUsed = max(sentRecords / recordRate, sentBytes / byteRate) >= Self.used * seconds
        if throttled > 0, let limit = bounds.limit, factor > limit * Self.belowLimit {
            factor = limit * Self.belowLimit
        } else if share > Self.tolerance {
            factor = max(min(factor, bounds.floor), factor * max(Self.slowest, 1 - share))
        } else if isUsed, share <= Self.tolerance / 2 {
            grow(min(seconds, 1), now: now)
        }
        if factor < before {
            // What was saved up would be throttled as well.
            let share = Double(Self.gathering.count) / 1e9
            records = min(records, recordRate * share)
            bytes = min(bytes, byteRate * share)
        }
        if throttled == 0 { throttledSince = nil }
        judgedAt = now
        written = 0
        throttled = 0
        sentRecords = 0
        sentBytes = 0
    }

    private mutating func grow(_ seconds: Double, now: MonotonicTime) {
        guard let throttledAt else {
            // Nothing tells of a limit: an endpoint may have none.
            factor = min(factor * 2, Self.factorMax)
            return
        }
        let remembers = now < throttledAt + Self.memory
        if let limit = bounds.limit, remembers {
            factor =
                factor < limit * Self.belowLimit
                ? min(limit * Self.belowLimit, factor * (1 + Self.growth * seconds))
                : min(limit * Self.ceiling, factor + limit * Self.growthAtLimit * seconds)
        } else {
            factor = min(factor * (1 + Self.growth * seconds), Self.factorMax)
        }
    }
}
