/// The keys whose next record goes to one shard, and how fast that shard is written to.
struct ShardLane: Sendable {
    /// The shard; nil while shards are not known.
    let id: String?
    private let idBytes: [UInt8]
    var ready = ReadyQueue()
    var pace: ShardPace
    private(set) var delivered = 0
    private(set) var throttled = 0

    init(id: String?, pace: ShardPace) {
        self.id = id
        idBytes = Array((id ?? "").utf8)
        self.pace = pace
    }

    /// When what is ready may go; nil if nothing is.
    func opensAt(now: MonotonicTime) -> MonotonicTime? {
        ready.isEmpty ? nil : pace.opensAt(count: ready.count, waitingBytes: ready.bytes, now: now)
    }

    /// A record was written; false if to another shard than this lane's.
    mutating func noteWritten(_ receipt: Receipt, sentAt: MonotonicTime, now: MonotonicTime) -> Bool {
        delivered += 1
        pace.noteWritten(sentAt: sentAt, now: now)
        return id == nil || receipt.isFrom(idBytes)
    }

    /// A record was throttled.
    mutating func noteThrottled(bytes: Int, sentAt: MonotonicTime, backoff: inout Backoff, now: MonotonicTime) {
        throttled += 1
        pace.noteThrottled(bytes: bytes, sentAt: sentAt, backoff: &backoff, now: now)
    }

    /// The lane for who watches it.
    var statistics: ShardStatistics {
        ShardStatistics(
            shardID: id,
            recordsPerSecond: pace.factor * ShardPace.recordsPerSecond,
            ready: ready.count,
            delivered: delivered,
            throttled: throttled
        )
    }
}
