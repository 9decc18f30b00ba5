import Testing

@testable import KinesisLocal

@Suite struct StreamStateTests {
    @Test func `numbers rise within each shard and records keep their order`() {
        var stream = StreamState.sample()
        for round in 0..<20 {
            let records = (0..<50).map { (key: "key-\($0)", data: "\(round)") }
            _ = stream.put(.sample(records), now: 1_000_000 + Int64(round) * 700)
        }

        for shard in stream.shards {
            let records = (0..<shard.records.count).map { shard.records[$0] }
            #expect(!records.isEmpty)
            for (earlier, later) in zip(records, records.dropFirst()) {
                #expect(earlier.sequence < later.sequence)
                #expect(earlier.arrivedAt <= later.arrivedAt)
            }
        }
        let stored = stream.shards.reduce(0) { $0 + $1.records.count }
        #expect(stored == 1000)
        #expect(stream.counts.stored == 1000)
    }

    @Test func `a shard takes a thousand records in a second and refuses the rest one by one`() {
        var stream = StreamState.sample(shards: 1, isLimited: true)
        let records = (0..<400).map { (key: "k\($0)", data: "x") }

        var outcomes: [[PutOutcome]] = []
        for _ in 0..<3 { outcomes.append(stream.put(.sample(records), now: 1_000_000)) }

        let stored = outcomes.joined().map { if case .stored = $0 { true } else { false } }
        #expect(stored.prefix(1000).allSatisfy { $0 })
        #expect(stored.dropFirst(1000).allSatisfy { !$0 })
        #expect(outcomes[2].last == .throttled(shard: 0))
        #expect(stream.counts.throttled == 200)
        let later = stream.put(.sample(records), now: 1_000_100)
        #expect(later.filter { if case .stored = $0 { true } else { false } }.count == 100)
    }

    @Test func `a shard takes a mebibyte in a second`() {
        var stream = StreamState.sample(shards: 1, isLimited: true)
        let data = String(repeating: "x", count: 1024 * 100 - 1)
        let records = (0..<20).map { _ in (key: "k", data: data) }

        let outcomes = stream.put(.sample(records), now: 1_000_000)

        #expect(outcomes.filter { if case .stored = $0 { true } else { false } }.count == 10)
    }

    @Test func `a record larger than the allowance passes once and leaves a debt`() {
        var limiter = ShardLimiter(now: 0)

        let large = limiter.admit(bytes: 3 * 1024 * 1024, now: 0)
        let early = limiter.admit(bytes: 1, now: 1999)
        let late = limiter.admit(bytes: 1, now: 2001)

        #expect(large && !early && late)
    }

    @Test func `a refused record does not stop the later ones`() {
        var stream = StreamState.sample(shards: 1)
        let records = ["a", "b", "c", "d"].map { (key: "k", data: $0) }

        let outcomes = stream.put(.sample(records), faults: [nil, .throttled, .internalFailure], now: 1_000_000)

        #expect(outcomes[1] == .throttled(shard: 0))
        #expect(outcomes[2] == .failed)
        let kept = stream.shards[0].records
        #expect((0..<kept.count).map { kept[$0].text } == ["a", "d"])
        #expect(stream.counts == StreamCounts(stored: 2, storedBytes: 4, throttled: 1, failed: 1, trimmed: 0))
    }

    @Test func `records leave after their time`() {
        var stream = StreamState.sample(shards: 2, age: 1000)
        for second in 0..<5 {
            _ = stream.put(.sample((0..<10).map { ("k\($0)", "\(second)") }), now: 1_000_000 + Int64(second) * 400)
        }

        stream.trim(now: 1_001_850)

        let kept = stream.shards.flatMap { shard in (0..<shard.records.count).map { shard.records[$0].text } }
        #expect(Set(kept) == ["3", "4"])
        #expect(kept.count == 20)
        #expect(stream.counts.trimmed == 30)
    }

    @Test func `the oldest records leave first when the bytes are too many`() {
        let one = 1 + 2 + LocalLimits.recordOverheadBytes
        var stream = StreamState.sample(shards: 3, bytes: one * 10)
        for second in 0..<10 {
            _ = stream.put(.sample((0..<4).map { ("k\($0)", "\(second)") }), now: 1_000_000 + Int64(second))
        }

        let kept = stream.shards.flatMap { shard in (0..<shard.records.count).map { shard.records[$0].text } }
        #expect(kept.sorted() == ["7", "7", "8", "8", "8", "8", "9", "9", "9", "9"])
        #expect(stream.retainedBytes == one * 10)
    }

    @Test func `a read ends at its limit, at its bytes, and never before the first record`() {
        var stream = StreamState.sample(shards: 1)
        _ = stream.put(.sample((0..<10).map { ("k", String(repeating: "\($0)", count: 100)) }), now: 1_000_000)
        let shard = stream.shards[0]

        #expect(shard.read(from: 0, limit: 3, bytesMax: 1 << 20, now: 1_000_000).records.count == 3)
        #expect(shard.read(from: 0, limit: 100, bytesMax: 450, now: 1_000_000).records.count == 4)
        #expect(shard.read(from: 2, limit: 100, bytesMax: 1, now: 1_000_000).records.count == 1)
        #expect(shard.read(from: 2, limit: 100, bytesMax: 1, now: 1_000_000).nextIndex == 3)
    }

    @Test func `a reader is behind until it has seen the last record`() {
        var stream = StreamState.sample(shards: 1)
        _ = stream.put(.sample([("k", "a")]), now: 1_000_000)
        _ = stream.put(.sample([("k", "b")]), now: 1_002_000)
        let shard = stream.shards[0]

        #expect(shard.read(from: 0, limit: 1, bytesMax: 1 << 20, now: 1_005_000).millisecondsBehind == 3000)
        #expect(shard.read(from: 0, limit: 1, bytesMax: 1 << 20, now: 1_002_000).millisecondsBehind == 1)
        #expect(shard.read(from: 1, limit: 1, bytesMax: 1 << 20, now: 1_005_000).millisecondsBehind == 0)
    }

    @Test func `a reader whose place was dropped goes on at the oldest record`() {
        var stream = StreamState.sample(shards: 1, age: 1000)
        _ = stream.put(.sample([("k", "a"), ("k", "b")]), now: 1_000_000)
        _ = stream.put(.sample([("k", "c")]), now: 1_001_500)

        let read = stream.shards[0].read(from: 0, limit: 10, bytesMax: 1 << 20, now: 1_001_500)

        #expect(read.records.map(\.text) == ["c"])
        #expect(read.nextIndex == 3)
    }

    @Test func `the queue behaves like an array`() {
        var generator = TestSeed.generator()
        var ring = Ring<Int>()
        var model: [Int] = []
        for step in 0..<20_000 {
            if Int.random(in: 0..<100, using: &generator) < 52 {
                ring.append(step)
                model.append(step)
            } else {
                let taken = ring.popFirst()
                let expected = model.isEmpty ? nil : model.removeFirst()
                #expect(taken == expected)
            }
            #expect(ring.count == model.count && ring.first == model.first && ring.last == model.last)
            if let pick = model.indices.randomElement(using: &generator) {
                #expect(ring[pick] == model[pick])
                #expect(ring.partitionIndex { $0 < model[pick] } == pick)
            }
        }
    }
}
