/// What a stream that is `UPDATING` does to its shards at the end of it.
enum ShardChange: Equatable, Sendable {
    case split(Int, at: UInt128)
    case merge(Int, Int)
    case scale(to: Int)
}

extension ShardMap {
    mutating func apply(_ change: ShardChange, now: Int64) {
        switch change {
        case .split(let shard, let hash): split(shard, at: hash, now: now)
        case .merge(let shard, let next): merge(shard, next, now: now)
        case .scale(let count): scale(to: count, now: now)
        }
    }
}
