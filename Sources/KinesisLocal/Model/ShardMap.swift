/// The shards of a stream, open and closed, and which open one takes a hash.
struct ShardMap: Sendable {
    /// An open shard by the first hash of its range.
    private struct Route: Sendable {
        var first: UInt128
        var shard: Int
    }

    /// Every shard there ever was, by index.
    private(set) var all: [Shard]
    /// The open shards; their ranges follow each other without a gap.
    private var routes: [Route]

    /// The shards of a new stream.
    init(count: Int, createdAt: Int64) {
        all = HashKeyRange.even(count: count).enumerated().map { index, range in
            Shard(index: index, range: range, createdAt: createdAt)
        }
        routes = all.map { Route(first: $0.range.first, shard: $0.index) }
    }

    subscript(index: Int) -> Shard {
        get { all[index] }
        _modify { yield &all[index] }
    }

    /// The open shard whose range holds a hash.
    func index(for hash: UInt128) -> Int {
        var low = 0
        var high = routes.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if routes[middle].first <= hash { low = middle } else { high = middle - 1 }
        }
        return routes[low].shard
    }

    var openCount: Int { routes.count }

    /// The indices of the open shards in the order of their ranges.
    var open: [Int] { routes.map(\.shard) }

    /// The shards that came from one.
    func children(of index: Int) -> [Shard] {
        all[index].isOpen ? [] : all.filter { $0.parents.contains(index) }
    }

    // MARK: Resharding

    /// Closes an open shard and opens two in its place, the second of which starts at that hash, inside the first's range.
    mutating func split(_ index: Int, at hash: UInt128, now: Int64) {
        guard all[index].isOpen, all[index].range.first < hash, hash <= all[index].range.last else { return }
        let (position, seconds) = close(index, now: now)
        let range = all[index].range
        let lower = append(HashKeyRange(first: range.first, last: hash - 1), from: [index], at: seconds, now: now)
        let upper = append(HashKeyRange(first: hash, last: range.last), from: [index], at: seconds, now: now)
        routes.replaceSubrange(
            position...position,
            with: [Route(first: range.first, shard: lower), Route(first: hash, shard: upper)]
        )
    }

    /// Closes two open shards, the second of which follows the first, and opens one in their place.
    mutating func merge(_ index: Int, _ next: Int, now: Int64) {
        guard areAdjacent(index, next), all[index].isOpen, all[next].isOpen else { return }
        let (position, seconds) = close(index, now: now)
        let nextSeconds = close(next, now: now).seconds
        let range = HashKeyRange(first: all[index].range.first, last: all[next].range.last)
        let merged = append(range, from: [index, next], at: max(seconds, nextSeconds), now: now)
        routes.replaceSubrange(position...position + 1, with: [Route(first: range.first, shard: merged)])
    }

    func areAdjacent(_ index: Int, _ next: Int) -> Bool {
        let (last, sum) = all[index].range.last.addingReportingOverflow(1)
        return !sum && last == all[next].range.first
    }

    /// Splits and merges until there are so many open shards with equal ranges, as the service does: shards that are neither
    /// old nor wanted live for no time.
    mutating func scale(to count: Int, now: Int64) {
        let wanted = HashKeyRange.even(count: count)
        for range in wanted where all[index(for: range.first)].range.first != range.first {
            split(index(for: range.first), at: range.first, now: now)
        }
        for range in wanted {
            while all[index(for: range.first)].range.last < range.last {
                let left = index(for: range.first)
                merge(left, index(for: all[left].range.last + 1), now: now)
            }
        }
    }

    /// Closes a shard; its place among the routes, and the second in which its last number lies.
    private mutating func close(_ index: Int, now: Int64) -> (position: Int, seconds: UInt64) {
        let position = routes.firstIndex { $0.shard == index }
        guard let position else { preconditionFailure("closing shard \(index), which is closed") }
        return (position, all[index].close(now: now))
    }

    private mutating func append(
        _ range: HashKeyRange,
        from parents: [Int],
        at seconds: UInt64,
        now: Int64
    ) -> Int {
        // Its numbers come after those of its parents.
        let created = Int64(seconds + 1) * 1000
        all.append(Shard(index: all.count, range: range, parents: parents, createdAt: created, openedAt: now))
        return all.count - 1
    }
}
