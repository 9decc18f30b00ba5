import ActivationCore
import ActivationEngine

/// The part of the ledger that came by the commit log, as a connection sees it.
///
/// What is performed together is one run, sorted, so that it is written behind what is there and touches nothing else. Eight runs of a
/// level are merged into one of the next, some of it with each run that comes, so that a profile is looked for in few of them. Entries
/// only ever move into runs with greater numbers: whoever visits the runs of a day in order misses none.
final class LedgerRuns {
    private let lastNumber: Statement
    private let addRun: Statement
    private let findMergeable: Statement
    private let beginMerge: Statement
    private let listMerges: Statement
    private let endMerge: Statement
    private let writeBlock: Statement
    private let firstBlocks: Statement
    private let deleteBlocks: Statement
    private let listRuns: Statement
    private let blocksBackFrom: Statement
    private let blocksAfter: Statement
    private let oldestDay: Statement
    private let forgetBlocks: Statement
    private let forgetRuns: Statement

    /// Runs of a level that make one of the next.
    private static let mergedRuns = 8
    /// How many times what is entered a merge moves meanwhile; one is enough for it never to fall behind.
    private static let movedPerEntered = 2
    /// Entries that a merge moves at least.
    private static let movedMin = 1_000
    /// Blocks of each run that are held in memory at a time.
    private static let frontBlocks = 64

    /// A run's place.
    struct Run: Hashable {
        var day: Int64
        var number: Int64
    }

    init(_ connection: Connection) throws(StorageError) {
        lastNumber = try connection.prepare("SELECT max(number) FROM delivery_run WHERE day = ?1")
        addRun = try connection.prepare("INSERT INTO delivery_run (day, number, level) VALUES (?1, ?2, ?3)")
        findMergeable = try connection.prepare(
            """
            SELECT number FROM delivery_run WHERE day = ?1 AND level = ?2 AND merged_into IS NULL
                AND number NOT IN (SELECT merged_into FROM delivery_run WHERE day = ?1 AND merged_into IS NOT NULL)
            """
        )
        beginMerge = try connection.prepare("UPDATE delivery_run SET merged_into = ?3 WHERE day = ?1 AND number = ?2")
        listMerges = try connection.prepare(
            """
            SELECT source.day, source.number, target.number, target.level FROM delivery_run source
            JOIN delivery_run target ON target.day = source.day AND target.number = source.merged_into
            ORDER BY target.day, target.number, source.number
            """
        )
        endMerge = try connection.prepare("DELETE FROM delivery_run WHERE day = ?1 AND merged_into = ?2")
        writeBlock = try connection.prepare(
            "INSERT INTO delivery_block (day, run, first, entries) VALUES (?1, ?2, ?3, ?4)"
        )
        firstBlocks = try connection.prepare(
            "SELECT first, entries FROM delivery_block WHERE day = ?1 AND run = ?2 ORDER BY first LIMIT ?3"
        )
        deleteBlocks = try connection.prepare(
            "DELETE FROM delivery_block WHERE day = ?1 AND run = ?2 AND first <= ?3"
        )
        listRuns = try connection.prepare("SELECT day, number FROM delivery_run")
        blocksBackFrom = try connection.prepare(
            "SELECT entries FROM delivery_block WHERE day = ?1 AND run = ?2 AND first <= ?3 ORDER BY first DESC"
        )
        blocksAfter = try connection.prepare(
            """
            SELECT day, run, entries FROM delivery_block WHERE (day, run, first) > (?1, ?2, ?3)
            ORDER BY day, run, first LIMIT ?4
            """
        )
        oldestDay = try connection.prepare("SELECT min(day) FROM delivery_run")
        forgetBlocks = try connection.prepare(
            """
            DELETE FROM delivery_block WHERE (day, run, first) IN (
                SELECT day, run, first FROM delivery_block WHERE day = ?1 LIMIT ?2
            )
            """
        )
        forgetRuns = try connection.prepare(
            "DELETE FROM delivery_run WHERE day = ?1 AND NOT EXISTS (SELECT 1 FROM delivery_block WHERE day = ?1)"
        )
    }

    // MARK: Entering

    /// Enters what was delivered on a day, sorted, and goes on with what is being merged.
    func enter(_ entries: [LedgerEntry], on day: Int64) throws(StorageError) {
        let run = try add(on: day, level: 0)
        try write(entries, run)
        try beginMerging(day, level: 0)
        let limit = max(entries.count * Self.movedPerEntered, Self.movedMin)
        for merge in try merges() { try go(on: merge, atMost: limit) }
    }

    private func add(on day: Int64, level: Int64) throws(StorageError) -> Run {
        lastNumber.bind(1, day)
        let last = try lastNumber.next() ? lastNumber.integer(0) : 0
        lastNumber.reset()
        guard last >= 0, last < .max else { throw LedgerBlock.damaged }
        addRun.bind(1, day)
        addRun.bind(2, last + 1)
        addRun.bind(3, level)
        try addRun.run()
        return Run(day: day, number: last + 1)
    }

    private func write(_ entries: some Sequence<LedgerEntry>, _ run: Run) throws(StorageError) {
        for block in LedgerBlock.pack(entries) {
            writeBlock.bind(1, run.day)
            writeBlock.bind(2, run.number)
            writeBlock.bind(3, block.first.bytes)
            writeBlock.bind(4, block.bytes)
            try writeBlock.run()
        }
    }

    // MARK: Merging

    /// Runs that are being merged into one.
    private struct Merge {
        var target: Run
        var level: Int64
        var sources: [Run]
    }

    private func beginMerging(_ day: Int64, level: Int64) throws(StorageError) {
        findMergeable.bind(1, day)
        findMergeable.bind(2, level)
        var numbers: [Int64] = []
        while try findMergeable.next() { numbers.append(findMergeable.integer(0)) }
        findMergeable.reset()
        guard numbers.count >= Self.mergedRuns, level < .max else { return }
        let target = try add(on: day, level: level + 1)
        for number in numbers {
            beginMerge.bind(1, day)
            beginMerge.bind(2, number)
            beginMerge.bind(3, target.number)
            try beginMerge.run()
        }
    }

    private func merges() throws(StorageError) -> [Merge] {
        defer { listMerges.reset() }
        var merges: [Merge] = []
        while try listMerges.next() {
            let target = Run(day: listMerges.integer(0), number: listMerges.integer(2))
            let source = Run(day: target.day, number: listMerges.integer(1))
            if merges.last?.target == target {
                merges[merges.count - 1].sources.append(source)
            } else {
                merges.append(Merge(target: target, level: listMerges.integer(3), sources: [source]))
            }
        }
        return merges
    }

    private func go(on merge: Merge, atMost limit: Int) throws(StorageError) {
        var moved = 0
        while moved < limit {
            guard let fronts = try fronts(of: merge) else { return }
            let step = LedgerMerge(fronts)
            guard step.through == nil || !step.moved.isEmpty else { return }
            for (source, rest) in zip(merge.sources, step.rests) {
                let through = step.through ?? .last(of: UUIDBytes(high: .max, low: .max))
                deleteBlocks.bind(1, source.day)
                deleteBlocks.bind(2, source.number)
                deleteBlocks.bind(3, through.bytes)
                try deleteBlocks.run()
                try write(rest, source)
            }
            try write(step.moved, merge.target)
            moved += step.moved.count
            if step.through == nil {
                endMerge.bind(1, merge.target.day)
                endMerge.bind(2, merge.target.number)
                try endMerge.run()
                return try beginMerging(merge.target.day, level: merge.level)
            }
        }
    }

    /// The fronts of the runs; nil when one of them is damaged: then they are left as they are, and nobody's commit fails for it.
    private func fronts(of merge: Merge) throws(StorageError) -> [LedgerMerge.Front]? {
        do throws(StorageError) {
            var fronts: [LedgerMerge.Front] = []
            for source in merge.sources { fronts.append(try front(of: source)) }
            return fronts
        } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }

    private func front(of run: Run) throws(StorageError) -> LedgerMerge.Front {
        firstBlocks.bind(1, run.day)
        firstBlocks.bind(2, run.number)
        firstBlocks.bind(3, Int64(Self.frontBlocks))
        defer { firstBlocks.reset() }
        var blocks: [[LedgerEntry]] = []
        var last: LedgerEntry.Key?
        while try firstBlocks.next() {
            let entries = try LedgerBlock.entries(in: firstBlocks.bytes(1))
            // Out of order they would be moved twice, or never.
            guard let first = entries.first, first.key.bytes == firstBlocks.bytes(0) else { throw LedgerBlock.damaged }
            for entry in entries {
                if let last, last >= entry.key { throw LedgerBlock.damaged }
                last = entry.key
            }
            blocks.append(entries)
        }
        return LedgerMerge.Front(blocks: blocks, isWhole: blocks.count < Self.frontBlocks)
    }

    // MARK: Reading

    /// Visits every entry of a profile.
    func forEach(of profile: UUIDBytes, _ visit: (LedgerEntry) throws(StorageError) -> Void) throws(StorageError) {
        defer { listRuns.reset() }
        while try listRuns.next() {
            blocksBackFrom.bind(1, listRuns.integer(0))
            blocksBackFrom.bind(2, listRuns.integer(1))
            blocksBackFrom.bind(3, LedgerEntry.Key.last(of: profile).bytes)
            defer { blocksBackFrom.reset() }
            var isBefore = false
            while !isBefore, try blocksBackFrom.next() {
                for entry in try LedgerBlock.entries(in: blocksBackFrom.bytes(0)) {
                    if entry.key.profile == profile { try visit(entry) }
                    if entry.key.profile < profile { isBefore = true }
                }
            }
        }
    }

    /// Blocks in the order of their days, runs and entries.
    ///
    /// - Parameters:
    ///   - run: The run of the last one that is known.
    ///   - first: The first key of that one.
    ///   - limit: How many there are at most.
    /// - Returns: Their runs and entries.
    /// - Throws: `corrupt` when one of them cannot be read.
    func blocks(
        after run: Run,
        _ first: LedgerEntry.Key,
        limit: Int
    ) throws(StorageError) -> [(run: Run, entries: [LedgerEntry])] {
        blocksAfter.bind(1, run.day)
        blocksAfter.bind(2, run.number)
        blocksAfter.bind(3, first.bytes)
        blocksAfter.bind(4, Int64(limit))
        defer { blocksAfter.reset() }
        var blocks: [(run: Run, entries: [LedgerEntry])] = []
        while try blocksAfter.next() {
            let run = Run(day: blocksAfter.integer(0), number: blocksAfter.integer(1))
            blocks.append((run, try LedgerBlock.entries(in: blocksAfter.bytes(2))))
        }
        return blocks
    }

    // MARK: Forgetting

    /// The first day of which there is something.
    func oldest() throws(StorageError) -> Int64? {
        defer { oldestDay.reset() }
        return try oldestDay.next() ? oldestDay.optionalInteger(0) : nil
    }

    /// Lets some blocks of a day go.
    func forget(_ day: Int64, limit: Int64) throws(StorageError) {
        forgetBlocks.bind(1, day)
        forgetBlocks.bind(2, limit)
        try forgetBlocks.run()
        forgetRuns.bind(1, day)
        try forgetRuns.run()
    }
}
