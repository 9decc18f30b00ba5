/// Every key whose next record may be sent, in a lane for each shard.
///
/// A lane that may not send now is passed over, so that no shard waits for another (KINESIS 4).
struct ShardLanes: Sendable {
    /// Throttling for so long is a sign that a shard may have been split.
    static let throttledTime = Nanoseconds(.seconds(10))

    private(set) var map = ShardMap.unknown
    private var lanes: [ShardLane]
    /// Keys in all lanes.
    private(set) var count = 0

    init() {
        lanes = (0..<ShardMap.unknown.count).map { _ in
            ShardLane(id: nil, pace: ShardPace(.part, fill: 1, now: .start))
        }
    }

    var isEmpty: Bool { count == 0 }

    /// The lanes for who watches them.
    var statistics: [ShardStatistics] { lanes.map(\.statistics) }

    // MARK: Keys

    mutating func append(_ key: UInt32, hash: UInt64, headBytes: Int, isReturning: Bool) {
        lanes[map.lane(of: hash)].ready.append(key, headBytes: headBytes, isReturning: isReturning)
        count += 1
    }

    mutating func removeAll() {
        for lane in lanes.indices { lanes[lane].ready.removeAll() }
        count = 0
    }

    // MARK: Sending

    /// What the lanes that may send now could give together.
    func sendable(now: MonotonicTime) -> (records: Int, bytes: Int) {
        var records = 0
        var bytes = 0
        for lane in lanes.indices {
            guard let time = lanes[lane].opensAt(now: now), time <= now else { continue }
            records += lanes[lane].pace.sendable(count: lanes[lane].ready.count, now: now)
            bytes += lanes[lane].ready.bytes
        }
        return (records, bytes)
    }

    /// Fills a request from the lanes that may send, in the order in which keys came into line; a record over the target goes
    /// alone.
    ///
    /// The order of all lanes together is fair, and it is how records lie in memory.
    ///
    /// - Parameters:
    ///   - request: The request, empty; stays so when no lane may send.
    ///   - keys: Gives the records; keys that gave one are in flight.
    ///   - options: The request's bounds.
    ///   - now: The time.
    mutating func fill(
        _ request: inout ProducerRequest,
        from keys: inout KeyTable,
        within options: ProducerOptions,
        now: MonotonicTime
    ) {
        var open = openLanes(keys, now: now)
        var bytes = 0
        let aggregateBytesMax = options.aggregateBytesBound
        while let place = Self.next(of: open) {
            let lane = open[place].lane
            let key = open[place].key
            precondition(keys.activity(key) == .ready, "a key in line is \(keys.activity(key))")
            let headBytes = keys.headBytes(key)
            var item = (count: 1, bytes: headBytes)
            if let aggregateBytesMax {
                item = keys.aggregate(key, bytesMax: aggregateBytesMax)
            }
            let fits = request.records.isEmpty || bytes + item.bytes <= options.requestBytesTarget
            guard fits, request.records.count < options.recordsPerRequest else { return }
            guard lanes[lane].pace.take(bytes: item.bytes, now: now) else {
                open.remove(at: place)
                continue
            }
            guard let pending = keys.popHead(key) else {
                preconditionFailure("a key in line has no waiting record")
            }
            lanes[lane].ready.removeFirst(headBytes: headBytes)
            count -= 1
            keys.setActivity(key, .inFlight)
            request.append(pending, key: key)
            for _ in 1..<item.count {
                if let follower = keys.popHead(key) { request.join(follower) }
            }
            bytes += item.bytes
            if let following = lanes[lane].ready.first {
                open[place] = Open(lane: lane, key: following, turn: keys.turn(following))
            } else {
                open.remove(at: place)
            }
        }
    }

    /// A lane that may send, with its first key.
    private struct Open {
        var lane: Int
        var key: UInt32
        var turn: UInt64
    }

    private mutating func openLanes(_ keys: KeyTable, now: MonotonicTime) -> [Open] {
        var open: [Open] = []
        for lane in lanes.indices {
            guard let time = lanes[lane].opensAt(now: now), time <= now, let key = lanes[lane].ready.first else {
                continue
            }
            lanes[lane].pace.refill(now: now)
            open.append(Open(lane: lane, key: key, turn: keys.turn(key)))
        }
        return open
    }

    /// The place of the lane whose first key came first.
    private static func next(of open: [Open]) -> Int? {
        guard !open.isEmpty else { return nil }
        var first = 0
        for place in open.indices.dropFirst() where open[place].turn < open[first].turn { first = place }
        return first
    }

    /// When the first of the lanes that may not send now will; nil if there is none.
    func wakeUp(now: MonotonicTime) -> MonotonicTime? {
        guard !isEmpty else { return nil }
        var earliest: MonotonicTime?
        for lane in lanes.indices {
            guard let time = lanes[lane].opensAt(now: now), time > now else { continue }
            earliest = min(earliest ?? time, time)
        }
        return earliest
    }

    /// A lane may send now.
    func isOpen(now: MonotonicTime) -> Bool {
        !isEmpty && lanes.indices.contains { lane in lanes[lane].opensAt(now: now).map { $0 <= now } ?? false }
    }

    // MARK: Results

    /// A record was written; false if to another shard than was thought.
    mutating func noteWritten(
        _ receipt: Receipt,
        hash: UInt64,
        sentAt: MonotonicTime,
        now: MonotonicTime
    ) -> Bool {
        lanes[map.lane(of: hash)].noteWritten(receipt, sentAt: sentAt, now: now)
    }

    /// A record was throttled; true is a sign that the shards may be others.
    mutating func noteThrottled(
        hash: UInt64,
        bytes: Int,
        sentAt: MonotonicTime,
        backoff: inout Backoff,
        now: MonotonicTime
    ) -> Bool {
        let lane = map.lane(of: hash)
        lanes[lane].noteThrottled(bytes: bytes, sentAt: sentAt, backoff: &backoff, now: now)
        return lanes[lane].pace.isThrottled(for: Self.throttledTime, now: now)
    }

    // MARK: Shards

    /// Goes by another map: a shard that stays keeps its pace, a new one begins as full as what was there before, and every key
    /// is in the lane of its hash.
    ///
    /// - Parameters:
    ///   - map: The map.
    ///   - now: The time.
    ///   - keys: Knows the next record of every key.
    mutating func adopt(_ map: ShardMap, now: MonotonicTime, keys: KeyTable) {
        for lane in lanes.indices { lanes[lane].pace.refill(now: now) }
        let before = lanes
        let known = Dictionary(
            before.compactMap { lane in lane.id.map { ($0, lane) } },
            uniquingKeysWith: { first, _ in first }
        )
        lanes = (0..<map.count).map { index in
            guard let id = map.id(index) else {
                return ShardLane(id: nil, pace: ShardPace(.part, fill: 1, now: now))
            }
            if var lane = known[id] {
                lane.ready.removeAll()
                return lane
            }
            let parent = before[self.map.lane(of: map.start(index))]
            return ShardLane(id: id, pace: ShardPace(.shard, fill: parent.pace.fill, now: now))
        }
        self.map = map
        count = 0
        for lane in before {
            lane.ready.forEach { key, isReturning in
                append(key, hash: keys.headHash(key), headBytes: keys.headBytes(key), isReturning: isReturning)
            }
        }
    }
}
