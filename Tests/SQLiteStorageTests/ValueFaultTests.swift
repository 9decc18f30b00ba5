import ActivationCore
import ActivationEngine
import CommitLog
import Synchronization
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Value files on disks that fail now and then, over a long time.
@Suite struct ValueFaultTests {
    private typealias Shared = StorageConformance

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func options(_ volume: any LogVolume, fileBytes: ClosedRange<Int> = 4_096...4_096) -> SQLiteStorageOptions {
        var options = SQLiteStorageOptions()
        options.commitLog = CommitLogOptions()
        options.valueFileBytes = fileBytes
        options.valueVolume = volume
        return options
    }

    private func writer(_ options: SQLiteStorageOptions) throws -> WriterDatabase {
        try WriterDatabase(DataDirectory(path: directory.path("store")), options)
    }

    private func profile(_ row: Int, revision: Int64 = 1, bytes: Int = 100) -> StoredProfile {
        StoredProfile(
            row: Int64(row),
            id: Shared.profileID(row),
            revision: revision,
            value: [UInt8](repeating: 7, count: bytes)
        )
    }

    /// Writes profiles as a generation is performed.
    private func perform(_ writer: WriterDatabase, _ profiles: [StoredProfile]) throws {
        try writer.transaction { () throws(StorageError) in
            for profile in profiles { try writer.put(profile, Shared.scope) }
            try writer.cleanValues()
        }
    }

    private func failure<Value>(_ work: () throws(StorageError) -> Value) -> StorageError.Code? {
        do throws(StorageError) {
            _ = try work()
            return nil
        } catch {
            return error.code
        }
    }

    private static let changedMind = StorageError(.conflict, "somebody changed their mind")

    @Test func `a file that cannot be read any more is not emptied, and everything goes on`() throws {
        let volume = FaultyVolume()
        let writer = try writer(options(volume))
        try perform(writer, (1...600).map { profile($0) })
        let names = writer.values.accounts.keys.map(ValueFiles.name)
        volume.set { $0.unreadable = Set(names) }
        let changed = (1...600).filter { $0 % 20 != 1 }
        for revision: Int64 in 2...12 { try perform(writer, changed.map { profile($0, revision: revision) }) }
        for row in changed { #expect(try writer.reads.profile(in: Int64(row))?.revision == 12) }
        #expect(failure { () throws(StorageError) in try writer.reads.profile(in: 1) } == .io)
        volume.set { $0.unreadable = [] }
        #expect(try writer.reads.profile(in: 1)?.revision == 1)
    }

    @Test func `files are emptied although transactions are taken back between`() throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        let writer = try writer(options(FaultyVolume(), fileBytes: 4 << 20...4 << 20))
        let rows = 4_000
        try perform(writer, (1...rows).map { profile($0, bytes: 1_000) })
        var most = 0
        for revision: Int64 in 2...700 {
            let changed = Set((0..<60).map { _ in Int.random(in: 1...rows, using: &random) })
            try perform(writer, changed.sorted().map { profile($0, revision: revision, bytes: 1_000) })
            #expect(throws: StorageError.self) {
                try writer.transaction { () throws(StorageError) in throw Self.changedMind }
            }
            most = max(most, writer.values.accounts.values.reduce(0) { $0 + ($1.live > 0 ? $1.used : 0) })
        }
        let live = writer.values.accounts.values.reduce(0) { $0 + $1.live }
        #expect(most < 2 * live + writer.values.slotsSpared + 65_536, "seed \(seed)")
    }

    @Test func `after names of files that could not be made durable nothing is written`() throws {
        let volume = FaultyVolume()
        let writer = try writer(options(volume))
        volume.set { $0.failsNames = true }
        let first = failure { () throws(StorageError) in
            try writer.transaction { () throws(StorageError) in try writer.put(profile(1), Shared.scope) }
        }
        #expect(first == .writeLost)
        // It is never tried again.
        volume.set { $0.failsNames = false }
        let second = failure { () throws(StorageError) in
            try writer.transaction { () throws(StorageError) in try writer.put(profile(1), Shared.scope) }
        }
        #expect(second == .writeLost)
    }

    @Test func `files of few large values go soon although the database's own log is short`() throws {
        let volume = FaultyVolume()
        var options = options(volume)
        options.logBytesMax = 2 << 20
        let writer = try writer(options)
        // By far not a quarter of SQLite's log, from which on it is copied anyway.
        for revision: Int64 in 1...12 { try perform(writer, [profile(1, revision: revision, bytes: 1_000_000)]) }
        let bytes = try volume.names().reduce(0) { $0 + volume.disk.bytes(of: $1).count }
        #expect(bytes < 2 << 20 + 3 * 1_000_000)
        #expect(try writer.reads.profile(in: 1)?.revision == 12)
    }

    @Test func `nothing of who was deleted is left in a file that no transaction kept`() throws {
        let volume = FaultyVolume()
        let writer = try writer(options(volume))
        try perform(writer, (1...22).map { profile($0) })
        #expect(throws: StorageError.self) {
            try writer.transaction { () throws(StorageError) in
                try writer.put(profile(23), Shared.scope)
                try writer.prepareValues()
                throw Self.changedMind
            }
        }
        #expect(volume.disk.bytes(of: ValueFiles.name(2)).contains(7))
        try writer.transaction { () throws(StorageError) in try writer.wantScrub() }
        while try writer.scrubStep() != .done {}
        #expect(!volume.disk.bytes(of: ValueFiles.name(2)).contains(7))
        try perform(writer, [profile(23)])
        #expect(try writer.reads.profile(in: 23)?.revision == 1)
    }

    @Test func `what cannot be emptied does not have everything else written again and again`() throws {
        let volume = FaultyVolume()
        let writer = try writer(options(volume))
        try perform(writer, (1...600).map { profile($0) })
        // One record of each file decays, of a profile that does not change.
        var decayed: Set<Int> = []
        for number in writer.values.accounts.keys {
            var scan = ValueScan(writer.values.files, number, from: 0, through: 64)
            guard let row = try scan.next()?.row else { continue }
            decayed.insert(Int(row))
            volume.disk.damage(ValueFiles.name(number), at: 60)
        }
        for revision: Int64 in 2...6 {
            try perform(writer, (1...600).filter { !decayed.contains($0) }.map { profile($0, revision: revision) })
        }
        let before = volume.disk.writtenBytes
        for revision: Int64 in 7...56 { try perform(writer, [profile(599, revision: revision)]) }
        #expect(volume.disk.writtenBytes - before < 50 * 16_384)
    }

    @Test func `numbers of files that are gone are given out again`() throws {
        let volume = FaultyVolume()
        let options = options(volume)
        do {
            let writer = try writer(options)
            try perform(writer, [profile(1)])
            // As after a long time.
            _ = try volume.create(ValueFiles.name(ValuePlace.fileMax))
            try writer.connection.execute("INSERT INTO value_file VALUES (\(ValuePlace.fileMax), 0, 0)")
        }
        let writer = try writer(options)
        for revision: Int64 in 1...40 { try perform(writer, (2...30).map { profile($0, revision: revision) }) }
        for row in 2...30 { #expect(try writer.reads.profile(in: Int64(row))?.revision == 40) }
        #expect(try writer.reads.profile(in: 1)?.revision == 1)
    }

    @Test func `a file that went when the storage closed is not written, though the first transaction is taken back`()
        throws
    {
        var options = options(FaultyVolume())
        do { try perform(try writer(options), [profile(1)]) }
        options.commitLog = nil
        do {
            let writer = try writer(options)
            try perform(writer, [profile(1, revision: 2)])
            try writer.finish()
            #expect(writer.values.files.isEmpty)
        }
        options.commitLog = CommitLogOptions()
        let writer = try writer(options)
        #expect(throws: StorageError.self) {
            try writer.transaction { () throws(StorageError) in throw Self.changedMind }
        }
        try perform(writer, [profile(1, revision: 3)])
        #expect(try writer.reads.profile(in: 1)?.revision == 3)
    }

    @Test func `a copy of the version before does not leave out what its log holds`() async throws {
        var options = SQLiteStorageOptions()
        options.commitLog = CommitLogOptions()
        options.idleInterval = .seconds(3_600)
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        try await Shared.commit(to: storage) { $0.profiles = [Shared.new(1)] }
        let connection = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        let version = Migration.profileValues.number - 1
        try connection.execute(
            """
            DROP TABLE profile_place; DROP TABLE value_file;
            DROP TABLE delivery_run; DROP TABLE delivery_block; DROP TABLE heir;
            PRAGMA user_version = \(version);
            """
        )
        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        #expect(snapshot.logged == 1)
        #expect(throws: StorageError.self) { try snapshot.copy(to: directory.path("copy.db")) { _, _ in } }
        try? await storage.close()
    }

    @Test func `a value that is moved while a plan is checked is found`() throws {
        let volume = FaultyVolume()
        let options = options(volume)
        let place = try DataDirectory(path: directory.path("store"))
        let database = try WriterDatabase(place, options)
        let log = try CommitLog(SimulatedVolume(), id: database.logID, next: database.applied + 1)
        let files = database.values.files
        let writer = SharedWriter(database)
        let front = try LoggedDatabase(
            writer,
            reads: try StoreReads(place, options, files),
            log: log,
            options: CommitLogOptions()
        )
        var plan = CommitPlan(scope: Shared.scope)
        plan.profiles = [Shared.new(1)]
        _ = try front.stage(plan)
        log.flush()
        let row = try front.exclusively { (database) throws(StorageError) in
            try database.reads.row(of: Shared.profileID(1), in: Shared.scope)
        }
        let stored = try #require(try front.reads.profile(in: row ?? 0))
        let fillers = [profile(1 << 20, bytes: 5_000), profile(1 << 20 + 1, bytes: 5_000)]
        // The file is emptied by somebody else, between the look at the place and the look at what stands there.
        volume.set {
            $0.onRead = {
                try? writer.perform { (database) throws(StorageError) in
                    try database.transaction { () throws(StorageError) in
                        for filler in fillers { try database.put(filler, Shared.scope) }
                        try database.put(stored, Shared.scope)
                        for filler in fillers { try database.put(filler, Shared.scope) }
                    }
                    database.connection.waitForLocks(milliseconds: 0)
                    if try database.connection.checkpoint(.restart) { database.values.removeEmpty() }
                }
            }
        }
        plan.profiles = [Shared.changed(stored, value: "new")]
        #expect(failure { () throws(StorageError) in try front.stage(plan) } == nil)
    }
}

/// A disk of which parts cannot be read, or that does not make names durable.
private final class FaultyVolume: LogVolume {
    struct Faults: Sendable {
        var unreadable: Set<String> = []
        var failsNames = false
        /// Called once, before something is read.
        var onRead: (@Sendable () -> Void)?
    }

    let disk = SimulatedVolume()
    private let faults = Mutex(Faults())

    func set(_ change: (inout Faults) -> Void) { faults.withLock { change(&$0) } }

    fileprivate func read(_ name: String) throws(StorageError) {
        let (isUnreadable, hook) = faults.withLock { faults in
            let hook = faults.onRead
            faults.onRead = nil
            return (faults.unreadable.contains(name), hook)
        }
        hook?()
        if isUnreadable { throw StorageError(.io, "the disk does not read it") }
    }

    func names() throws(StorageError) -> [String] { try disk.names() }

    func create(_ name: String) throws(StorageError) -> any LogFile {
        FaultyFile(volume: self, file: try disk.create(name), name: name)
    }

    func open(_ name: String) throws(StorageError) -> any LogFile {
        FaultyFile(volume: self, file: try disk.open(name), name: name)
    }

    func remove(_ name: String) throws(StorageError) { try disk.remove(name) }

    func synchronizeNames() throws(StorageError) {
        if faults.withLock({ $0.failsNames }) { throw StorageError(.io, "the disk does not answer") }
        try disk.synchronizeNames()
    }
}

private struct FaultyFile: LogFile {
    let volume: FaultyVolume
    let file: any LogFile
    let name: String

    func size() throws(StorageError) -> Int { try file.size() }

    func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
        try volume.read(name)
        return try file.read(count, at: offset)
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) { try file.write(bytes, at: offset) }

    func synchronize() throws(StorageError) { try file.synchronize() }
}
