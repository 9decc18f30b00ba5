import ActivationEngine
import SQLiteStorage
import TestSupport
import Testing

@Suite struct StorageConformanceTests {
    @Test(arguments: StorageConformance.checks)
    func `memory conforms`(_ check: StorageConformance.Check) async throws {
        try await check.run(.memory)
    }

    @Test(arguments: StorageConformance.checks)
    func `SQLite conforms`(_ check: StorageConformance.Check) async throws {
        let directory = try TemporaryDirectory()

        try await check.run(.sqlite(in: directory))
    }

    @Test(arguments: StorageConformance.checks)
    func `SQLite behind a commit log conforms`(_ check: StorageConformance.Check) async throws {
        let directory = try TemporaryDirectory()

        try await check.run(.sqlite(in: directory, commitLog: CommitLogOptions(), crashes: true))
    }
}
