import Testing

@testable import ActivationCore

/// The last changes of a profile, as they are packed.
@Suite struct ChangeTrailTests {
    private static func change(_ random: inout SplitMix64, revision: Int64) -> TracedChange {
        func some(_ most: Int) -> Int { Int.random(in: 0...most, using: &random) }
        let paths = (0..<some(20)).map { _ in PathID(rawValue: UInt32(some(70_000))) }
        let statuses = (0..<some(10)).map { _ in
            TracedChange.Status(
                place: random.oneIn(2) ? nil : some(65_535),
                audience: Audience.ID(uuid: UUIDBytes(high: random.next(), low: random.next())),
                before: [nil, .realized, .exited][some(2)],
                after: random.oneIn(2) ? .realized : .exited
            )
        }
        return TracedChange(
            revision: revision,
            at: Timestamp(milliseconds: Int64.random(in: -1_000...4_000_000_000_000, using: &random)),
            kinds: TracedChange.Kinds(rawValue: UInt16(some(511))),
            dataset: UInt16(some(65_535)),
            place: some(65_535),
            paths: Array(paths.prefix(ChangeTrail.pathsMax)),
            pathCount: paths.count,
            statuses: Array(statuses.prefix(ChangeTrail.statusesMax)),
            statusCount: statuses.count
        )
    }

    @Test(arguments: 0..<20) func `it holds the last changes within its bounds, and the very last always`(round: Int)
        throws
    {
        var random = TestSeed.generator()
        var trail = ChangeTrail()
        var all: [TracedChange] = []
        for revision in 1...60 {
            all.append(Self.change(&random, revision: Int64(revision) << Int64.random(in: 0...40, using: &random)))
            trail.append(all[all.count - 1])
            let kept = try trail.changes()
            #expect(kept == Array(all.suffix(kept.count)))
            #expect((1...TracedChange.keptMax).contains(kept.count))
            #expect(trail.bytes.count <= ChangeTrail.bytesMax || kept.count == 1)
            // As many as there is room for.
            if kept.count < min(all.count, TracedChange.keptMax) {
                var longer = ChangeTrail()
                longer.append(all[all.count - kept.count - 1])
                #expect(longer.bytes.count + trail.bytes.count > ChangeTrail.bytesMax)
            }
            #expect(try ChangeTrail(stored: trail.bytes) == trail)
        }
    }

    @Test(arguments: 0..<20) func `damage is told, never trapped by`(round: Int) throws {
        var random = TestSeed.generator()
        var trail = ChangeTrail()
        for revision in 1...5 { trail.append(Self.change(&random, revision: Int64(revision))) }
        for length in 1..<trail.bytes.count {
            let cut = Array(trail.bytes.prefix(length))
            let isWhole = (try? ChangeTrail(stored: cut)) != nil
            if isWhole { #expect(try ChangeTrail(stored: cut).changes().count < 5) }
        }
        for _ in 0..<2_000 {
            var damaged = trail.bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = UInt8(truncatingIfNeeded: random.next())
            }
            guard var read = try? ChangeTrail(stored: damaged) else { continue }
            _ = try? read.changes()
            read.append(Self.change(&random, revision: 9))
            #expect(!read.bytes.isEmpty)
        }
    }
}
