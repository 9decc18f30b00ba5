import ActivationCore
import ActivationEngine
import CommitLog
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// A database with a commit log in front, at the moments at which the two are not of one mind.
@Suite struct LoggedDatabaseTests {
    private typealias Shared = StorageConformance

    private let directory: TemporaryDirectory
    private let flow = StorageConformance.dataflowID(1)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var options: SQLiteStorageOptions {
        var options = SQLiteStorageOptions()
        options.commitLog = CommitLogOptions()
        // Nothing is performed but what a test asks for.
        options.idleInterval = .seconds(3_600)
        return options
    }

    private func plan(_ number: Int) -> CommitPlan {
        var plan = CommitPlan(scope: Shared.scope)
        plan.profiles = [Shared.new(number)]
        plan.outbox = [Shared.record("\(number)", of: number)]
        plan.counters = [flow: DataflowCounters(triggered: 1)]
        return plan
    }

    /// A plan that is performed in the database itself.
    private func rare(_ number: Int) -> CommitPlan {
        var plan = plan(number)
        plan.settledMarks = [
            ResumeMark.Key(
                dataflow: flow,
                profile: Shared.profileID(number),
                mergePolicy: Shared.record("", of: number).mergePolicy
            )
        ]
        return plan
    }

    @Test func `entries do not follow a database that lacks what was written without the log`() async throws {
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path, options: options)
        try await storage.commit(plan(1))
        try await storage.backup(to: directory.path("old.db"))
        let before = try Connection(path: path + "/headwater.db", vfs: nil)
        try before.execute("PRAGMA query_only = ON; BEGIN;")
        let schema = try Migration.version(of: before, path: path)
        try await storage.commit(rare(2))
        try await storage.commit(plan(3))

        // Beside a snapshot that was taken before.
        #expect(throws: StorageError.self) {
            try LogRecovery(DataDirectory.logVolume(of: path), of: before, schema: schema)
        }
        // And for a database that was put back, though nothing else could tell.
        let copy = directory.path("copy")
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: path + "/log", toPath: copy + "/log")
        try FileManager.default.copyItem(atPath: directory.path("old.db"), toPath: copy + "/headwater.db")
        try await Shared.expectError(.corrupt) { _ = try SQLiteStorage.open(directory: copy, options: options) }
        try before.execute("COMMIT")
        try await storage.close()
    }

    @Test func `a plan that names a new profile twice is refused, and everything goes on`() async throws {
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        try await Shared.expectError(.conflict) {
            try await Shared.commit(to: storage) { $0.profiles = [Shared.new(2), Shared.new(2)] }
        }
        try await storage.commit(plan(2))
        #expect(try await storage.profiles(scope: Shared.scope, after: 0, limit: 9).count == 1)
        try await storage.close()
    }

    @Test func `who waits for a staged plan is told when the storage closes`() async throws {
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        var waiting: [StagedCommit] = []
        for number in 1...20 { waiting.append(try await storage.stage(plan(number))) }
        try await storage.close()
        for commit in waiting { try await commit.durable() }
    }

    /// What stands before a database, without its threads.
    private func front(_ options: SQLiteStorageOptions) throws -> (LoggedDatabase, SharedWriter, CommitLog) {
        let place = try DataDirectory(path: directory.path("store"))
        let database = try WriterDatabase(place, options)
        let log = try CommitLog(SimulatedVolume(), id: database.logID, next: database.applied + 1)
        let files = database.values.files
        let writer = SharedWriter(database)
        let reads = try StoreReads(place, options, files)
        return (try LoggedDatabase(writer, reads: reads, log: log, options: CommitLogOptions()), writer, log)
    }

    @Test func `a record that is settled while its generation is performed once more does not leave the books open`()
        throws
    {
        let (front, writer, log) = try front(options)
        _ = try front.stage(plan(1))
        log.flush()
        // Performing it failed.
        _ = front.close()
        let row = try #require(try front.firstRow(dataflow: flow))
        _ = try front.settle(dataflow: flow, [OutboxSettlement(row: row, outcome: .delivered)])
        #expect(try front.firstRow(dataflow: flow) == nil)

        // It is tried again, before the settlement is durable.
        let again = try #require(front.close())
        try writer.perform { (database) throws(StorageError) in try database.apply(again) }

        let connection = try Connection(path: directory.path("store") + "/headwater.db", vfs: nil)
        let pending = try connection.integer("SELECT triggered - delivered FROM dataflow")
        #expect(try connection.integer("SELECT count(*) FROM outbox") == pending)
        try front.exclusively { _ throws(StorageError) in }
        #expect(try connection.integer("SELECT count(*) FROM outbox") == 0)
        #expect(try front.books(dataflow: flow).pendingRows == 0)
    }

    @Test func `an identity of a new namespace is found although what came after it has no room in the database`()
        throws
    {
        var options = options
        options.pageCountMax = 90
        let (front, _, _) = try front(options)
        var small = plan(1)
        small.identities = [
            CommitPlan.IdentityWrite(identity: Shared.email("a"), profile: Shared.profileID(1))
        ]
        _ = try front.stage(small)
        _ = front.close()
        var large = CommitPlan(scope: Shared.scope)
        large.outbox = (2...400).map { Shared.record(String(repeating: "v", count: 3_000), of: $0) }
        _ = try front.stage(large)
        #expect(throws: StorageError.self) { try front.exclusively { _ throws(StorageError) in } }

        var request = LoadRequest(scope: Shared.scope)
        request.identities = [Shared.email("a")]
        #expect(try front.load(request).profiles.count == 1)
    }
}
