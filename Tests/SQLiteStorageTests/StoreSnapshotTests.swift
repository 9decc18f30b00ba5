import ActivationCore
import ActivationEngine
import Foundation
import StorageCommon
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// A store that is looked at beside the server that writes it (docs/decisions/0040).
@Suite struct StoreSnapshotTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func store(profiles: ClosedRange<Int>) async throws -> SQLiteStorage {
        let storage = try SQLiteStorage.open(directory: directory.path("store"))
        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = profiles.map { StorageConformance.new($0) }
            plan.outbox = [StorageConformance.record("r", of: 1)]
            plan.counters = [StorageConformance.dataflowID(1): DataflowCounters(triggered: 1)]
        }
        return storage
    }

    @Test func `a copy holds its moment whatever is written while it is made`() async throws {
        let storage = try await store(profiles: 1...3_000)
        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(5_000)] }
        let other = try Connection(path: directory.path("store") + "/headwater.db", vfs: nil)
        var steps = 0

        try snapshot.copy(to: directory.path("copy.db")) { _, _ in
            steps += 1
            // A second writer, between two steps.
            try? other.execute("DELETE FROM profile WHERE row = (SELECT max(row) FROM profile)")
        }

        #expect(steps > 0)
        let copy = try StoreSnapshot(database: directory.path("copy.db"))
        #expect(try copy.connection.integer("SELECT count(*) FROM profile") == 3_000)
        #expect(copy.transactions == snapshot.transactions)
        #expect(copy.schema == Int64(Migration.all.count))
        #expect(try copy.accounts() == snapshot.accounts())
        #expect(try copy.accounts().map(\.outboxRows) == [1])
        #expect(try copy.pageFaults(isThorough: true) == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path("."))
        #expect(!names.contains { $0.hasPrefix("copy.db-") || $0 == "copy.db-journal" })
        try await storage.close()
    }

    @Test func `a copy holds what stands in the commit log and not in the database yet`() async throws {
        var options = SQLiteStorageOptions()
        options.commitLog = CommitLogOptions()
        options.idleInterval = .seconds(3_600)
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        for number in 1...20 {
            try await StorageConformance.commit(to: storage) { plan in
                plan.profiles = [StorageConformance.new(number)]
                plan.outbox = [StorageConformance.record("\(number)", of: number)]
                plan.counters = [StorageConformance.dataflowID(1): DataflowCounters(triggered: 1)]
            }
        }
        let rows = try await StorageConformance.claim(storage, limit: 5)
        try await StorageConformance.settle(rows, in: storage)

        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        #expect(snapshot.logged == 21)
        try snapshot.copy(to: directory.path("copy.db")) { _, _ in }

        let copy = try StoreSnapshot(database: directory.path("copy.db"))
        #expect(copy.logged == 0)
        #expect(copy.transactions == snapshot.transactions)
        #expect(try copy.connection.integer("SELECT count(*) FROM profile") == 20)
        #expect(try copy.accounts().map(\.outboxRows) == [15])
        #expect(try copy.accounts().map(\.counters.delivered) == [5])
        let findings = copy.inspect(at: Timestamp(milliseconds: 0)) { _ in }
        for check in ["pages", "scopes", "identities", "outbox"] {
            #expect(findings.filter { $0.check == check }.allSatisfy { $0.severity == .fine }, "\(check)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path("."))
        #expect(!names.contains { $0.hasPrefix("copy.db-") })
        try await storage.close()
    }

    @Test func `commits go on and the log is begun anew after a snapshot was let go`() async throws {
        let storage = try await store(profiles: 1...10)
        var snapshot: StoreSnapshot? = try StoreSnapshot(directory: directory.path("store"))
        for number in 11...200 {
            try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(number)] }
        }
        #expect(try snapshot?.connection.integer("SELECT count(*) FROM profile") == 10)
        snapshot = nil
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == 200)
        try await storage.close()
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path("store"))
        #expect(!left.contains("headwater.db-wal"))
    }

    @Test func `a store that has lost its log is not copied`() async throws {
        let storage = try await store(profiles: 1...10)
        try await storage.close()
        let connection = try Connection(path: directory.path("store") + "/headwater.db", vfs: nil)
        try connection.execute("UPDATE scope SET commits = commits - 1")
        try await StorageConformance.expectError(.corrupt) {
            _ = try StoreSnapshot(directory: directory.path("store"))
        }
    }

    @Test func `a copy never replaces a file and leaves nothing when there is no place`() async throws {
        let storage = try await store(profiles: 1...10)
        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        try snapshot.copy(to: directory.path("copy.db")) { _, _ in }
        let before = try Data(contentsOf: URL(fileURLWithPath: directory.path("copy.db")))
        try await StorageConformance.expectError(.io) { try snapshot.copy(to: directory.path("copy.db")) { _, _ in } }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.path("copy.db"))) == before)
        try await StorageConformance.expectError(.io) {
            try snapshot.copy(to: directory.path("nowhere/copy.db")) { _, _ in }
        }
        try await storage.close()
    }

    @Test func `books that do not balance are told`() async throws {
        let storage = try await store(profiles: 1...10)
        #expect(try StoreSnapshot(directory: directory.path("store")).accounts().allSatisfy(\.isBalanced))
        try await storage.close()
        let connection = try Connection(path: directory.path("store") + "/headwater.db", vfs: nil)
        try connection.execute("DELETE FROM outbox")
        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        #expect(try snapshot.accounts().map(\.isBalanced) == [false])
        let outbox = snapshot.inspect(at: Timestamp(milliseconds: 0)) { _ in }.first { $0.check == "outbox" }
        #expect(outbox?.severity == .fault)
    }
}
