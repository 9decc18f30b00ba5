import Testing

@testable import KinesisLocal

@Suite struct ShardMapTests {
    /// What must hold of every map: open ranges follow each other over all hashes, and each hash goes to the one that has it.
    private func check(_ map: ShardMap) {
        let open = map.open.map { map[$0] }
        #expect(open.allSatisfy { $0.isOpen })
        #expect(open.count == map.openCount && open.count == map.all.count { $0.isOpen })
        #expect(open.first?.range.first == 0 && open.last?.range.last == .max)
        for (left, right) in zip(open, open.dropFirst()) { #expect(left.range.last + 1 == right.range.first) }
        for shard in open {
            #expect(map.index(for: shard.range.first) == shard.index)
            #expect(map.index(for: shard.range.last) == shard.index)
        }
        for shard in map.all {
            for parent in shard.parents {
                #expect(!map[parent].isOpen)
                #expect(map[parent].closing.map { $0.sequence < shard.startingSequence } == true)
            }
        }
    }

    @Test func `whatever is split and merged, every hash has one open shard and numbers rise into the children`() {
        var generator = TestSeed.generator()
        var map = ShardMap(count: 4, createdAt: 1_000_000)
        for step in 0..<300 {
            let now = 1_000_000 + Int64(step) * 250
            let open = map.open
            guard let index = open.indices.randomElement(using: &generator) else { return }
            if open.count < 12, Bool.random(using: &generator) {
                let range = map[open[index]].range
                map.split(open[index], at: range.first + (range.last - range.first) / 2 + 1, now: now)
            } else if index + 1 < open.count {
                map.merge(open[index], open[index + 1], now: now)
            } else {
                map.scale(to: Int.random(in: 1...9, using: &generator), now: now)
            }
            check(map)
        }
    }

    @Test(arguments: [(2, 4), (2, 3), (3, 2), (4, 2), (5, 7), (1, 2), (2, 1), (7, 7)])
    func `scaling ends in equal ranges`(before: Int, after: Int) {
        var map = ShardMap(count: before, createdAt: 1_000_000)

        map.scale(to: after, now: 2_000_000)

        check(map)
        #expect(map.open.map { map[$0].range } == HashKeyRange.even(count: after))
    }

    @Test func `a split closes one shard and opens two, the first number of which comes a second later`() {
        var map = ShardMap(count: 1, createdAt: 1_000_000)

        map.split(0, at: 2, now: 1_005_400)

        let ending = map[0].closing?.sequence.fields
        #expect(ending?.recordIndex == UInt64(Int64.max) && ending?.arrivalSeconds == 1005)
        #expect(map.open == [1, 2])
        #expect(map[1].startingSequence.fields?.shardCreatedSeconds == 1006)
        #expect(map[1].range == HashKeyRange(first: 0, last: 1) && map[2].range == HashKeyRange(first: 2, last: .max))
        #expect(map.children(of: 0).map(\.index) == [1, 2] && map.children(of: 1).isEmpty)
    }

    @Test func `what cannot be split or merged stays as it is`() {
        var map = ShardMap(count: 3, createdAt: 1_000_000)
        map.split(0, at: 0, now: 1_000_000)
        map.split(0, at: .max, now: 1_000_000)
        map.merge(0, 2, now: 1_000_000)
        map.merge(1, 0, now: 1_000_000)
        map.merge(2, 0, now: 1_000_000)

        #expect(map.open == [0, 1, 2] && map.all.count == 3)
    }
}
