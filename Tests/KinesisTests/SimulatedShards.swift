@testable import Kinesis

/// The shards of a simulated stream, each with the service's limiter, that can be split and merged.
struct SimulatedShards {
    struct Shard {
        var id: Int
        var start: UInt64
        /// What may be written at once, refilled to a second's worth.
        var records: Double
        var bytes: Double
        var filledAt: Int64

        var name: String { "shardId-" + String(repeating: "0", count: 12 - "\(id)".count) + "\(id)" }
    }

    private(set) var shards: [Shard]
    private var made: Int
    /// Records a second; nil lifts the limits.
    var recordsPerSecond: Double?
    /// Records a second that others write, before us.
    var otherLoad = 0.0
    private static let bytesPerSecond = Double(1 << 20)

    init(count: Int, recordsPerSecond: Double? = nil) {
        self.recordsPerSecond = recordsPerSecond
        made = count
        shards = (0..<count).map { index in
            Shard(
                id: index,
                start: UInt64.max / UInt64(count) * UInt64(index),
                records: recordsPerSecond ?? 0,
                bytes: Self.bytesPerSecond,
                filledAt: 0
            )
        }
    }

    /// What ListShards says.
    var map: ShardMap? { ShardMap(shards.map { ShardMap.Shard(id: $0.name, start: $0.start) }) }

    func index(of hash: UInt64) -> Int { shards.lastIndex { $0.start <= hash } ?? 0 }

    /// Takes a record, or throttles it; the second result is the shard's name.
    mutating func admit(_ hash: UInt64, bytes: Int, now: Int64) -> (isAdmitted: Bool, name: String) {
        let index = index(of: hash)
        guard let recordsPerSecond else { return (true, shards[index].name) }
        let elapsed = Double(max(0, now - shards[index].filledAt)) / 1e9
        shards[index].filledAt = max(now, shards[index].filledAt)
        shards[index].records = min(
            recordsPerSecond,
            shards[index].records + elapsed * max(0, recordsPerSecond - otherLoad)
        )
        shards[index].bytes = min(Self.bytesPerSecond, shards[index].bytes + elapsed * Self.bytesPerSecond)
        guard shards[index].records >= 1, shards[index].bytes >= min(Double(bytes), Self.bytesPerSecond) else {
            return (false, shards[index].name)
        }
        shards[index].records -= 1
        shards[index].bytes -= Double(bytes)
        return (true, shards[index].name)
    }

    /// Puts two new shards in the place of one.
    mutating func split(_ index: Int, now: Int64) {
        let start = shards[index].start
        let end = index + 1 < shards.count ? shards[index + 1].start : .max
        guard end - start > 2 else { return }
        let children = [make(at: start, now: now), make(at: start + (end - start) / 2, now: now)]
        shards.replaceSubrange(index...index, with: children)
    }

    /// Puts a new shard in the place of one and the next.
    mutating func merge(_ index: Int, now: Int64) {
        guard index + 1 < shards.count else { return }
        shards.replaceSubrange(index...index + 1, with: [make(at: shards[index].start, now: now)])
    }

    private mutating func make(at start: UInt64, now: Int64) -> Shard {
        defer { made += 1 }
        return Shard(
            id: made,
            start: start,
            records: recordsPerSecond ?? 0,
            bytes: Self.bytesPerSecond,
            filledAt: now
        )
    }
}
