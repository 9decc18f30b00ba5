/// The two allowances of a shard, each with a reserve of one second.
///
/// Allowances are counted in thousandths, so that a millisecond's refill is a whole number.
struct ShardLimiter: Sendable {
    private static let recordsFull = Int64(LocalLimits.shardRecordsPerSecond) * 1000
    private static let bytesFull = Int64(LocalLimits.shardBytesPerSecond) * 1000

    private var records = Self.recordsFull
    private var bytes = Self.bytesFull
    private var refilledAt: Int64

    init(now: Int64) {
        refilledAt = now
    }

    /// Takes the allowance for one record, or nothing.
    ///
    /// A record larger than the whole reserve passes when the reserve is full and leaves a debt.
    mutating func admit(bytes size: Int, now: Int64) -> Bool {
        refill(now: now)
        let cost = Int64(size) * 1000
        guard records >= 1000, bytes >= min(cost, Self.bytesFull) else { return false }
        records -= 1000
        bytes -= cost
        return true
    }

    private mutating func refill(now: Int64) {
        let elapsed = now - refilledAt
        guard elapsed > 0 else { return }
        refilledAt = now
        // A pause of twelve seconds refills everything, the largest debt included.
        let milliseconds = min(elapsed, 12_000)
        records = min(Self.recordsFull, records + milliseconds * Int64(LocalLimits.shardRecordsPerSecond))
        bytes = min(Self.bytesFull, bytes + milliseconds * Int64(LocalLimits.shardBytesPerSecond))
    }
}
