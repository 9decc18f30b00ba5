/// A stream and everything in it: a value that is changed by plain calls with the time as a parameter.
struct StreamState: Sendable {
    /// Where a stream is in its life; each case names the instant at which it goes on.
    enum Phase: Equatable, Sendable {
        /// Becomes `active` at that instant.
        case creating(until: Int64)
        /// Stays until it is updated or deleted.
        case active
        /// Changes its shards, if that is what is asked, and becomes `active` at that instant.
        case updating(until: Int64, ShardChange?)
        /// Is gone at that instant.
        case deleting(until: Int64)
    }

    enum Mode: String, Sendable {
        case provisioned = "PROVISIONED"
        case onDemand = "ON_DEMAND"
    }

    /// What an owner may set for a stream's storage.
    struct Retention: Equatable, Sendable {
        /// Milliseconds for which a record is kept.
        var age: Int64
        /// Bytes of records that are kept.
        var bytes: Int
    }

    let name: String
    /// Tells a stream from an earlier one of the same name.
    let incarnation: UInt64
    let createdAt: Int64
    var mode: Mode
    var recordBytesMax: Int
    var warmThroughput: Int64?
    var retention: Retention
    /// The key that new records are encrypted with, in name only.
    var encryptionKey: String?
    /// The names of the metrics by shard that somebody asked for.
    var shardMetrics: [String] = []
    var consumers: [StreamConsumer] = []
    private let isLimited: Bool
    var phase: Phase
    var tags: [String: String]
    private(set) var map: ShardMap
    /// The shard of every record that is kept, in order of arrival over the whole stream.
    private var arrivals = Ring<Int32>()
    private(set) var retainedBytes = 0
    private(set) var counts = StreamCounts()
    private(set) var ledger = OrderLedger()

    /// What a stream is made from.
    struct Settings: Sendable {
        var name: String
        var mode = Mode.provisioned
        var shardCount: Int
        var recordBytesMax = LocalLimits.recordBytesDefault
        var warmThroughput: Int64?
        var tags: [String: String] = [:]
    }

    init(
        _ settings: Settings,
        incarnation: UInt64,
        retention: Retention,
        isLimited: Bool,
        createdAt: Int64,
        phase: Phase = .active
    ) {
        name = settings.name
        mode = settings.mode
        recordBytesMax = settings.recordBytesMax
        warmThroughput = settings.warmThroughput
        tags = settings.tags
        self.incarnation = incarnation
        self.retention = retention
        self.isLimited = isLimited
        self.createdAt = createdAt
        self.phase = phase
        map = ShardMap(count: settings.shardCount, createdAt: createdAt)
    }

    /// Every shard there ever was, by index.
    var shards: [Shard] { map.all }

    /// Whether its records can be written and read.
    var isLive: Bool {
        switch phase {
        case .creating, .deleting: false
        case .active, .updating: true
        }
    }

    /// Moves the stream and its consumers on in their lives; false when it is gone.
    mutating func settle(now: Int64) -> Bool {
        if !consumers.isEmpty {
            consumers = consumers.compactMap { consumer in
                var consumer = consumer
                return consumer.settle(now: now) ? consumer : nil
            }
        }
        switch phase {
        case .active: return true
        case .creating(let until):
            if now >= until { phase = .active }
            return true
        case .updating(let until, let change):
            if now >= until {
                phase = .active
                if let change { map.apply(change, now: now) }
            }
            return true
        case .deleting(let until): return now < until
        }
    }

    /// Changes the shards, or settings that the caller has set, at once or after some milliseconds of `UPDATING`.
    mutating func update(_ change: ShardChange?, delay: Int64, now: Int64) {
        if delay > 0 {
            phase = .updating(until: now + delay, change)
        } else if let change {
            map.apply(change, now: now)
        }
    }

    /// Stores the records of a request, each one by itself: a refused record does not stop the later ones.
    ///
    /// - Parameters:
    ///   - batch: Records that the request's checks have passed.
    ///   - faults: What is to go wrong, by position; shorter than the batch means nothing for the rest.
    ///   - now: Epoch milliseconds.
    /// - Returns: One outcome per record, in request order.
    mutating func put(_ batch: RecordBatch, faults: [RecordFault?] = [], now: Int64) -> [PutOutcome] {
        var outcomes: [PutOutcome] = []
        outcomes.reserveCapacity(batch.entries.count)
        for (position, entry) in batch.entries.enumerated() {
            let shard = map.index(for: entry.hash)
            let fault = position < faults.count ? faults[position] : nil
            outcomes.append(put(entry, of: batch.bytes, into: shard, fault: fault, now: now))
        }
        trim(now: now)
        return outcomes
    }

    private mutating func put(
        _ entry: RecordBatch.Entry,
        of block: [UInt8],
        into shard: Int,
        fault: RecordFault?,
        now: Int64
    ) -> PutOutcome {
        if fault == .internalFailure {
            counts.failed += 1
            return .failed
        }
        guard fault == nil, !isLimited || map[shard].admits(bytes: entry.byteCount, now: now) else {
            counts.throttled += 1
            return .throttled(shard: shard)
        }
        let sequence = map[shard].append(
            entry,
            of: block,
            isEncrypted: encryptionKey != nil,
            now: now
        )
        arrivals.append(Int32(shard))
        retainedBytes += entry.byteCount + LocalLimits.recordOverheadBytes
        counts.stored += 1
        counts.storedBytes += entry.byteCount
        ledger.note(entry, of: block)
        return .stored(shard: shard, sequence: sequence)
    }

    /// Drops what is too old, and then the oldest records until the rest fits.
    mutating func trim(now: Int64) {
        let oldestKept = now - retention.age
        while let shard = arrivals.first {
            guard let oldest = map[Int(shard)].records.first else {
                preconditionFailure("an arrival without a record")
            }
            guard retainedBytes > retention.bytes || oldest.arrivedAt <= oldestKept else { return }
            _ = arrivals.popFirst()
            _ = map[Int(shard)].dropFirst()
            retainedBytes -= oldest.entry.byteCount + LocalLimits.recordOverheadBytes
            counts.trimmed += 1
        }
    }
}

/// What a stream has seen.
public struct StreamCounts: Equatable, Sendable {
    /// Records stored.
    public var stored = 0
    /// Bytes of data and keys stored.
    public var storedBytes = 0
    /// Records refused for a shard's limit, or by a fault.
    public var throttled = 0
    /// Records refused with `InternalFailure` by a fault.
    public var failed = 0
    /// Records dropped since by age or bytes.
    public var trimmed = 0
}
