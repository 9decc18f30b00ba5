/// Which hash keys go to which shard, or, while that is not known, to which of a fixed number of equal parts.
struct ShardMap: Sendable, Equatable {
    /// A shard that takes records.
    struct Shard: Sendable, Equatable {
        var id: String
        /// The first 64 bits of its first hash key.
        var start: UInt64
    }

    /// More shards than any stream has; a longer list is not believed.
    static let shardsMax = 10_000
    /// Parts of a stream of which nothing is known: enough that one throttled shard of a few does not slow the others down.
    static let partCount = 16
    /// Nothing is known of the stream's shards.
    static let unknown = ShardMap(
        starts: (0..<UInt64(partCount)).map { $0 << (64 - UInt64(partCount.trailingZeroBitCount)) },
        ids: []
    )

    /// The first hash key of every lane, rising from 0.
    private let starts: [UInt64]
    /// The shards' names; none while they are not known.
    private let ids: [String]

    /// The open shards of a stream in any order; nil if these cannot be all of a stream's.
    init?(_ shards: [Shard]) {
        guard !shards.isEmpty, shards.count <= Self.shardsMax else { return nil }
        let sorted = shards.sorted { $0.start < $1.start }
        guard sorted[0].start == 0, zip(sorted, sorted.dropFirst()).allSatisfy({ $0.start < $1.start }) else {
            return nil
        }
        self.init(starts: sorted.map(\.start), ids: sorted.map(\.id))
    }

    private init(starts: [UInt64], ids: [String]) {
        self.starts = starts
        self.ids = ids
    }

    /// The shards' names are known.
    var isKnown: Bool { !ids.isEmpty }

    /// How many lanes there are.
    var count: Int { starts.count }

    /// The name of a lane's shard; nil while shards are not known.
    func id(_ lane: Int) -> String? { isKnown ? ids[lane] : nil }

    /// The first hash key of a lane.
    func start(_ lane: Int) -> UInt64 { starts[lane] }

    /// The lane of a hash key.
    func lane(of hash: UInt64) -> Int {
        var low = 0
        var high = starts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= hash { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
