#if PostgreSQL
import ActivationCore
import ActivationEngine
import Foundation
import SQLiteStorage
import StorageCommon
import Synchronization
import TestSupport
import Testing

@testable import PostgresStorage

@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct CopyTests {
    /// Copies the store of a directory, as the command does.
    private static func copy(_ directory: String, to options: PostgresOptions) async throws -> [TableCopy] {
        let departure = try await StoreDeparture(path: directory) { _ in }
        let snapshot = try departure.snapshot()
        let copy = try PostgresCopy(options, lastProfile: try snapshot.lastProfileRow())
        var tables: [TableCopy] = []
        for table in CopiedTable.all {
            tables.append(try TableCopy(of: table, from: snapshot, to: copy) { _, _ in })
        }
        try copy.seal()
        try departure.note(copy.store)
        #expect(try StoreDeparture.notedStore(in: directory) == copy.store)
        try PostgresCopy.finish([copy])
        #expect(try PostgresCopy.store(at: options) == copy.store)
        _ = try departure.setAside()
        return tables
    }

    private static func directory() -> String {
        NSTemporaryDirectory() + "/copy-" + UUID().uuidString
    }

    @Test(arguments: [false, true])
    func `a copied store goes on as memory does, in the middle of a random history`(hasLog: Bool) async throws {
        let seed = TestSeed.next()
        let directory = Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var sqlite = SQLiteStorageOptions()
        if hasLog { sqlite.commitLog = CommitLogOptions() }
        let schemas = try TemporarySchemas()
        let target = schemas.make()
        let memory = InMemoryStorage()
        let crashes = Mutex(0)
        let reopen: @Sendable (StorageConformance.Subject) async throws -> StorageConformance.Subject = {
            [sqlite] storage in
            if storage is InMemoryStorage {
                memory.losePower(keeping: 1)
                return memory
            }
            if let storage = storage as? PostgresStorage {
                try await storage.close()
                return try PostgresStorage.open(target)
            }
            if let storage = storage as? SQLiteStorage { try await storage.close() }
            let count = crashes.withLock { count in
                count += 1
                return count
            }
            guard count == 10 else { return try SQLiteStorage.open(directory: directory, options: sqlite) }
            let tables = try await Self.copy(directory, to: target)
            #expect(tables.first { $0.table == "profile" }?.digest.count ?? 0 > 0)
            return try PostgresStorage.open(target)
        }
        var comparison = StorageComparison(
            seed: seed,
            memory,
            try SQLiteStorage.open(directory: directory, options: sqlite),
            reopen: reopen
        )

        try await comparison.run(steps: 3_000)

        #expect(crashes.withLock { $0 } == 10, "the history was too short to be copied")
    }
}
#endif
