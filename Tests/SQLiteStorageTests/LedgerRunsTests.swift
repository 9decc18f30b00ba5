import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// The part of the ledger that came by the commit log.
@Suite struct LedgerRunsTests {
    private let directory: TemporaryDirectory
    private let connection: Connection
    private let runs: LedgerRuns

    init() throws {
        directory = try TemporaryDirectory()
        try DataDirectory.makePrivateFile(directory.path("ledger.db"))
        connection = try Connection(path: directory.path("ledger.db"), vfs: nil)
        try connection.execute(Migration.ledgerRuns.sql)
        runs = try LedgerRuns(connection)
    }

    private func entry(of profile: Int, _ row: Int64, receipt: Int = 70) -> LedgerEntry {
        LedgerEntry(
            key: LedgerEntry.Key(profile: StorageConformance.profileID(profile).uuid, row: row),
            revision: row % 7,
            deliveredAt: Timestamp(milliseconds: row),
            receipt: [UInt8](repeating: UInt8(row % 256), count: receipt)
        )
    }

    private func entries(of profile: Int) throws -> Set<LedgerEntry> {
        var entries: [LedgerEntry] = []
        try runs.forEach(of: StorageConformance.profileID(profile).uuid) { entries.append($0) }
        #expect(Set(entries).count == entries.count, "an entry stands twice")
        return Set(entries)
    }

    private func count(_ sql: String) throws -> Int64 { try connection.integer(sql) }

    @Test func `keys are in the order of their bytes`() {
        var random = TestSeed.generator()
        let keys = (0..<200).map { _ in
            let high = Bool.random(using: &random) ? 7 : UInt64.random(in: 0 ... .max, using: &random)
            return LedgerEntry.Key(
                profile: UUIDBytes(high: high, low: .random(in: 0 ... .max, using: &random)),
                row: .random(in: 1 ... .max, using: &random)
            )
        }
        #expect(keys.sorted().map(\.bytes) == keys.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test func `blocks give back what was packed, also what is long or empty`() throws {
        let packed = [0, 70, 70, 2_000, 5, 70, 70, 70, 70, 70, 70, 70, 70, 70].enumerated().map { number, bytes in
            entry(of: 1, Int64(number + 1), receipt: bytes)
        }
        let blocks = LedgerBlock.pack(packed)
        #expect(try blocks.flatMap { try LedgerBlock.entries(in: $0.bytes) } == packed)
        #expect(try blocks.allSatisfy { try LedgerBlock.entries(in: $0.bytes).first?.key == $0.first })
        #expect(blocks.count == 4)
        #expect(blocks.allSatisfy { $0.bytes.count <= 920 || $0.bytes.count > 2_000 })
        #expect(LedgerBlock.pack([]).isEmpty)
    }

    @Test func `bytes that are no block are damage`() throws {
        let bytes = try #require(LedgerBlock.pack([entry(of: 1, 1), entry(of: 2, 2)]).first?.bytes)
        for length in 1..<bytes.count where length != bytes.count / 2 {
            #expect(throws: StorageError.self) { try LedgerBlock.entries(in: Array(bytes.prefix(length))) }
        }
    }

    @Test(arguments: 0..<10)
    func `what is moved comes before all that is left, and nothing is lost`(_ run: Int) {
        var random = TestSeed.generator()
        var left = (0..<Int.random(in: 1...9, using: &random)).map { source in
            // A row is delivered once, so no key is there twice.
            var numbers: Set<Int64> = []
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                numbers.insert(.random(in: 1...1_000, using: &random))
            }
            return numbers.sorted().map { number in
                entry(of: Int.random(in: 0...9, using: &random), number * 10 + Int64(source))
            }.sorted { $0.key < $1.key }
        }
        let all = left.joined().sorted { $0.key < $1.key }
        var moved: [LedgerEntry] = []
        var isOver = false
        while !isOver {
            // Three blocks of each at most, each of at most four entries.
            let fronts = left.map { entries -> LedgerMerge.Front in
                let starts = stride(from: 0, to: min(entries.count, 12), by: 4)
                return LedgerMerge.Front(
                    blocks: starts.map { Array(entries[$0..<min($0 + 4, entries.count)]) },
                    isWhole: entries.count < 12
                )
            }
            let step = LedgerMerge(fronts)
            #expect(step.through == nil || !step.moved.isEmpty)
            moved += step.moved
            for (index, rest) in step.rests.enumerated() {
                let through = step.through
                let kept = left[index].filter { entry in through.map { entry.key > $0 } ?? false }
                #expect(Array(kept.prefix(rest.count)) == rest)
                left[index] = kept
            }
            isOver = step.through == nil
        }
        #expect(moved == all)
    }

    @Test func `every entry is found while runs are merged, in few runs`() throws {
        var random = TestSeed.generator()
        var known: [Int: Set<LedgerEntry>] = [:]
        var row: Int64 = 0
        var visited: Set<LedgerEntry> = []
        var place = (
            run: LedgerRuns.Run(day: 0, number: .max), first: LedgerEntry.Key.last(of: UUIDBytes(high: 0, low: 0))
        )
        var early: Set<LedgerEntry> = []
        for step in 1...300 {
            let day: Int64 = step % 40 == 0 ? 1 : 2
            let entered = (0..<Int.random(in: 1...60, using: &random)).map { _ -> LedgerEntry in
                row += 1
                let profile = Bool.random(using: &random) ? 0 : Int.random(in: 1...30, using: &random)
                let entry = entry(of: profile, row, receipt: Int.random(in: 0...90, using: &random))
                known[profile, default: []].insert(entry)
                return entry
            }
            try connection.execute("BEGIN")
            try runs.enter(entered.sorted { $0.key < $1.key }, on: day)
            try connection.execute("COMMIT")
            if step <= 60 { early.formUnion(entered) }
            // Somebody visits all of them meanwhile, slowly, and misses nothing of what was there when it began.
            if step > 60 {
                for block in try runs.blocks(after: place.run, place.first, limit: 5) {
                    visited.formUnion(block.entries)
                    place = (block.run, try #require(block.entries.first?.key))
                }
            }
            if step % 20 == 0 {
                for profile in 0...31 { #expect(try entries(of: profile) == known[profile] ?? []) }
            }
        }
        while case let blocks = try runs.blocks(after: place.run, place.first, limit: 50), let last = blocks.last {
            for block in blocks { visited.formUnion(block.entries) }
            place = (last.run, try #require(last.entries.first?.key))
        }
        #expect(early.subtracting(visited).isEmpty)
        #expect(try count("SELECT count(*) FROM delivery_run") < 40)
        #expect(try count("SELECT max(level) FROM delivery_run") >= 2)
        #expect(try count("SELECT count(*) FROM delivery_block") < row / 4)
    }

    @Test func `a day goes with its runs, block by block`() throws {
        for step in Int64(0)..<20 {
            try runs.enter((1...40).map { entry(of: Int($0), step * 100 + $0) }, on: step % 2 + 4)
        }
        #expect(try runs.oldest() == 4)
        var steps = 0
        while try runs.oldest() == 4 {
            try runs.forget(4, limit: 20)
            steps += 1
        }
        #expect(steps > 2)
        #expect(try runs.oldest() == 5)
        #expect(try count("SELECT count(*) FROM delivery_block WHERE day = 4") == 0)
        #expect(try entries(of: 1).count == 10)
    }

    @Test func `a damaged block keeps its runs from being merged and nothing from being entered`() throws {
        for step in Int64(0)..<4 { try runs.enter((1...40).map { entry(of: Int($0), step * 100 + $0) }, on: 4) }
        try connection.execute("UPDATE delivery_block SET entries = x'00' WHERE run = 2")
        for step in Int64(4)..<20 { try runs.enter((1...40).map { entry(of: Int($0), step * 100 + $0) }, on: 4) }
        #expect(try count("SELECT count(DISTINCT run) FROM delivery_block") > 10)
        #expect(throws: StorageError.self) { try entries(of: 1) }
    }

    /// Eight runs of one level, of which the last comes when something was done to the others.
    private func mergeAfter(_ damage: () throws -> Void) throws {
        for step in Int64(0)..<7 {
            let first = step == 0 ? 10_001 : 1
            try runs.enter((first..<first + 1_000).map { entry(of: $0, step * 100_000 + Int64($0)) }, on: 4)
        }
        try damage()
        for step in Int64(7)..<20 {
            try runs.enter((1...1_000).map { entry(of: $0, step * 100_000 + Int64($0)) }, on: 4)
        }
    }

    private func change(block: Int, of run: Int, _ body: (inout [UInt8]) -> Void) throws {
        let read = try connection.prepare(
            "SELECT first, entries FROM delivery_block WHERE run = \(run) ORDER BY first LIMIT 1 OFFSET \(block)"
        )
        #expect(try read.next())
        let first = read.bytes(0)
        var bytes = read.bytes(1)
        read.reset()
        body(&bytes)
        let write = try connection.prepare("UPDATE delivery_block SET entries = ?1 WHERE run = \(run) AND first = ?2")
        write.bind(1, bytes)
        write.bind(2, first)
        try write.run()
    }

    @Test(arguments: [0, 3, 63])
    func `a block whose keys are others than its place says is damaged, and nothing else is lost`(_ block: Int) throws {
        try mergeAfter {
            try change(block: block, of: 1) { bytes in
                for index in 0..<16 { bytes[index] = 0 }
            }
        }
        #expect(try entries(of: 500).count == 19)
        #expect(try entries(of: 10_900).count == 1)
    }

    @Test func `a block whose entries are out of order is damaged, and nothing else is lost`() throws {
        try mergeAfter {
            try change(block: 63, of: 2) { bytes in
                var entries = (try? LedgerBlock.entries(in: bytes)) ?? []
                if let last = entries.indices.last { entries[last].key.profile = UUIDBytes(high: 0, low: 0) }
                bytes = LedgerBlock.pack(entries).first?.bytes ?? []
            }
        }
        #expect(try entries(of: 900).count == 19)
    }

    @Test func `an empty block is damaged, and nothing behind it is lost`() throws {
        try mergeAfter { try change(block: 63, of: 2) { $0 = [] } }
        #expect(try entries(of: 900).count == 19)
    }

    @Test func `an entry that stands in two runs is merged into one`() throws {
        for step in Int64(0)..<12 {
            let entered = (1...100).map { number in
                entry(of: number, number == 50 ? 7 : step * 10_000 + Int64(number) + 100, receipt: 900)
            }
            try runs.enter(entered, on: 4)
        }
        var found = 0
        try runs.forEach(of: StorageConformance.profileID(50).uuid) { _ in found += 1 }
        #expect(found < 12)
        #expect(try entries(of: 51).count == 12)
    }
}
