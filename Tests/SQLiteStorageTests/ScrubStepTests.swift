import ActivationEngine
import CSQLite
import Synchronization
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// A scrub in steps of a few pages, and what happens between them (BEHAVIOUR 3.11).
@Suite struct ScrubStepTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func `a copy that is moved behind a scrub, again and again, is overwritten all the same`() throws {
        for seed in 0..<8 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let path = directory.path("moved-\(seed)")
            let store = try ScrubStore(path, entries: 200, stepPages: 10, &random)
            let pages = try store.writer.connection.integer("PRAGMA page_count")
            #expect(try store.marks > 0)
            var (moves, rounds, page) = (0, 0, Int64(0))

            while try store.writer.scrubStep() != .done {
                // Each time earlier, so that what was moved is still to come in the next round.
                if store.writer.scrub.page <= page { rounds += 1 }
                page = store.writer.scrub.page
                if page >= pages >> (rounds + 1), try store.moveMark(behind: page) { moves += 1 }
            }

            #expect(moves > 0, "seed \(seed)")
            #expect(try store.marks == 0, "seed \(seed)")
            try store.check("seed \(seed)")
        }
    }

    @Test func `nothing is left whatever is written between the steps`() throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        for round in 0..<6 {
            let store = try ScrubStore(directory.path("written-\(round)"), entries: 400, stepPages: 8, &random)
            let connection = store.writer.connection
            // Large transactions write to the log before they are committed, and leave that when they are not.
            try connection.execute("PRAGMA cache_size = 10")
            var steps = 0
            while try store.writer.scrubStep() != .done {
                steps += 1
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    let before = store.keys
                    try connection.execute("BEGIN IMMEDIATE")
                    for _ in 0..<Int.random(in: 1...60, using: &random) {
                        if Bool.random(using: &random) {
                            try store.insert(random.next(), bytes: Int.random(in: 30...360, using: &random))
                        } else {
                            try store.delete(at: Int.random(in: 0..<store.keys.count, using: &random))
                        }
                    }
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        try store.rollBack(to: before)
                    } else {
                        try connection.execute("COMMIT")
                    }
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: try connection.checkpoint(.passive)
                    case 1: try connection.checkpoint(.restart)
                    case 2: try connection.checkpoint(.truncate)
                    default: break
                    }
                }
            }

            #expect(steps > 10, "round \(round), seed \(seed)")
            #expect(try store.marks == 0, "round \(round), seed \(seed)")
            try store.check("round \(round), seed \(seed)")
        }
    }

    @Test func `a scrub ends although every commit changes more pages than a step looks at`() throws {
        var random = SeededGenerator(seed: 1)
        let store = try ScrubStore(directory.path("busy"), entries: 1_000, stepPages: 2, &random)
        let pages = Int(try store.writer.connection.integer("PRAGMA page_count"))
        var steps = 0

        while try store.writer.scrubStep() != .done {
            steps += 1
            try #require(steps < pages)
            try store.writer.connection.execute("BEGIN")
            for index in 0..<20 {
                try store.delete(at: index * 40)
                try store.insert(random.next(), bytes: 300)
            }
            try store.writer.connection.execute("COMMIT")
        }

        #expect(try store.marks == 0)
        try store.check("")
    }

    @Test func `a scrub without commits looks at every page once`() throws {
        var random = SeededGenerator(seed: 2)
        let store = try ScrubStore(directory.path("quiet"), entries: 400, stepPages: 8, &random)
        let pages = Int(try store.writer.connection.integer("PRAGMA page_count"))
        var steps = 1

        while try store.writer.scrubStep() != .done { steps += 1 }

        #expect(steps == (pages + 7) / 8)
        #expect(try store.marks == 0)
        #expect(try store.writer.scrubStep() == .done)
    }

    @Test func `a deletion during a scrub is served by it`() throws {
        var random = SeededGenerator(seed: 3)
        let store = try ScrubStore(directory.path("later"), entries: 400, stepPages: 8, &random)
        #expect(try store.writer.scrubStep() == .further)
        #expect(try store.writer.scrubStep() == .further)
        try store.delete(at: 0)
        try store.writer.connection.execute("INSERT INTO scrub DEFAULT VALUES")

        while try store.writer.scrubStep() != .done {}

        #expect(try store.writer.connection.integer("SELECT count(*) FROM scrub") == 0)
        #expect(try store.marks == 0)
        try store.check("")
    }

    @Test func `a page in memory does not bring back what was overwritten`() throws {
        var random = SeededGenerator(seed: 9)
        let store = try ScrubStore(directory.path("memory"), entries: 400, stepPages: 8, &random)
        let connection = store.writer.connection
        #expect(try connection.integer("SELECT sum(length(value)) FROM entry") > 0)

        while try store.writer.scrubStep() != .done {}
        try connection.execute("UPDATE entry SET value = zeroblob(length(value))")

        #expect(try store.marks == 0)
        try store.check("")
    }

    // MARK: Other programs

    @Test func `another program that writes between the steps makes the scrub begin anew`() throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        let store = try ScrubStore(directory.path("foreign"), entries: 400, stepPages: 8, &random)
        let other = try Connection(path: directory.path("foreign/headwater.db"), vfs: nil)
        try other.execute("CREATE TABLE other (key INTEGER PRIMARY KEY, value BLOB)")
        try store.plantMarks()
        for step in 0..<5 {
            #expect(try store.writer.scrubStep() == .further)
            try store.insert(random.next(), bytes: 300)
            try other.execute("INSERT INTO other (value) VALUES (zeroblob(\(300 * step)))")
            // Takes away what the log tells of this connection's commits.
            #expect(try other.checkpoint(.truncate))
        }
        let pages = Int(try store.writer.connection.integer("PRAGMA page_count"))
        var steps = 1

        while try store.writer.scrubStep() != .done { steps += 1 }

        #expect(steps == (pages + 7) / 8)
        #expect(try store.marks == 0, "seed \(seed)")
        try store.check("seed \(seed)")
    }

    @Test func `another program that empties the log hides no page from the scrub`() throws {
        var random = SeededGenerator(seed: 4)
        let store = try ScrubStore(directory.path("emptied"), entries: 200, stepPages: 10, &random)
        let other = try Connection(path: directory.path("emptied/headwater.db"), vfs: nil)
        let pages = try store.writer.connection.integer("PRAGMA page_count")
        var moves = 0

        while try store.writer.scrubStep() != .done {
            let page = store.writer.scrub.page
            if moves == 0, page >= pages / 2, try store.moveMark(behind: page) { moves += 1 }
            try other.checkpoint(.passive)
            // Begins the log anew.
            try store.insert(random.next(), bytes: 30)
        }

        #expect(moves == 1)
        #expect(try store.marks == 0)
        try store.check("")
    }

    @Test func `no other program can write while pages are overwritten`() throws {
        var random = SeededGenerator(seed: 5)
        let vfs = RecordingVFS(name: "scrub-lock")
        let store = try ScrubStore(directory.path("locked"), entries: 200, stepPages: 10, vfs: vfs.name, &random)
        let path = directory.path("locked/headwater.db")
        let refused = Mutex(0)
        vfs.watch(
            .write,
            by: {
                guard let other = try? Connection(path: path, vfs: nil) else { return }
                do { try other.execute("BEGIN IMMEDIATE") } catch { refused.withLock { $0 += 1 } }
            }
        )
        let writes = vfs.count(.write)

        #expect(try store.writer.scrubStep() == .further)

        vfs.watch(.write, by: nil)
        #expect(vfs.count(.write) > writes)
        #expect(refused.withLock { $0 } == vfs.count(.write) - writes)
    }

    @Test func `a step waits for another program that writes, and changes nothing`() throws {
        var random = SeededGenerator(seed: 6)
        let store = try ScrubStore(directory.path("waits"), entries: 200, stepPages: 10, &random)
        let other = try Connection(path: directory.path("waits/headwater.db"), vfs: nil)
        let marks = try store.marks
        try other.execute("BEGIN IMMEDIATE")

        #expect(try store.writer.scrubStep() == .blocked)

        #expect(try store.marks == marks)
        try other.execute("ROLLBACK")
        while try store.writer.scrubStep() != .done {}
        #expect(try store.marks == 0)
        try store.check("")
    }

    @Test func `a step waits for a reader of an old state`() throws {
        var random = SeededGenerator(seed: 7)
        let store = try ScrubStore(directory.path("reader"), entries: 200, stepPages: 10, &random)
        let reader = try Connection(path: directory.path("reader/headwater.db"), vfs: nil)
        try reader.execute("BEGIN")
        let entries = try reader.integer("SELECT count(*) FROM entry")
        try store.insert(random.next(), bytes: 300)

        #expect(try store.writer.scrubStep() == .blocked)

        #expect(try reader.integer("SELECT count(*) FROM entry") == entries)
        try reader.execute("COMMIT")
        while try store.writer.scrubStep() != .done {}
        #expect(try store.marks == 0)
        try store.check("")
    }

    // MARK: Failures

    @Test(arguments: [SQLITE_FULL, SQLITE_IOERR | 3 << 8])
    func `a step that fails leaves the scrub to be gone on with`(_ code: Int32) throws {
        var random = SeededGenerator(seed: 8)
        let vfs = RecordingVFS(name: "scrub-fails-\(code)")
        let path = directory.path("fails-\(code)")
        let store = try ScrubStore(path, entries: 200, stepPages: 10, vfs: vfs.name, &random)
        let expected: StorageError.Code = code == SQLITE_FULL ? .full : .io
        var (failures, isDone) = (0, false)
        while !isDone {
            vfs.fail(.write, with: code)
            do throws(StorageError) {
                // A step that finds nothing to write does not fail.
                isDone = try store.writer.scrubStep() == .done
            } catch {
                #expect(error.code == expected)
                failures += 1
            }
            vfs.fail(.write, with: nil)
            if isDone { break }
            try store.insert(random.next(), bytes: 30)
            isDone = try store.writer.scrubStep() == .done
        }

        #expect(failures > 3)
        #expect(try store.marks == 0)
        try store.check("")
    }
}
