import Kinesis

/// What the service does to its streams without being asked.
extension KinesisService {
    /// Takes the steps of the scenario that have become due.
    func advance(now: Int64) {
        for step in player.due(now: now) {
            if let faults = step.faults { dice.faults = faults }
            for name in step.deletedStreams { _ = registry.delete(name, now: now) }
            for name in step.createdStreams {
                // A stream that exists, or for which there is no room, is left as it is.
                _ = registry.create(.init(name: name, shardCount: configuration.shardCount), now: now)
            }
        }
    }

    /// Splits or merges one shard of every active stream.
    func reshard(_ draw: UInt64, now: Int64) {
        var dice = SplitMix64(seed: draw)
        for cell in registry.all(now: now) {
            let room = configuration.shardsMax - registry.usage(now: now).shards
            cell.withState { stream in
                guard stream.phase == .active, let change = stream.map.anyChange(room: room, &dice) else { return }
                stream.update(change, delay: registry.transition, now: now)
            }
        }
    }
}

extension ShardMap {
    /// A split or a merge that leaves between one shard and twice as many as the stream began with.
    fileprivate func anyChange(room: Int, _ dice: inout SplitMix64) -> ShardChange? {
        let maximum = 2 * all.count { $0.parents.isEmpty }
        let splits = openCount == 1 || openCount < maximum && Bool.random(using: &dice)
        let position = Int.random(in: 0..<(splits ? openCount : openCount - 1), using: &dice)
        if !splits { return .merge(open[position], open[position + 1]) }
        let range = self[open[position]].range
        guard room > 0, range.last - range.first > 2 else { return nil }
        return .split(open[position], at: range.first + (range.last - range.first) / 2 + 1)
    }
}
