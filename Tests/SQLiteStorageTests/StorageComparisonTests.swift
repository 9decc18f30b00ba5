import SQLiteStorage
import TestSupport
import Testing

@Suite struct StorageComparisonTests {
    @Test(arguments: 0..<12)
    func `SQLite answers as memory does, whatever is done to them`(_ run: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("run \(run): seed \(seed)")
        let directory = try TemporaryDirectory()
        let memory = StorageConformance.Factory.memory
        let sqlite = StorageConformance.Factory.sqlite(in: directory)
        var comparison = StorageComparison(seed: seed, try await memory.make(), try await sqlite.make()) { storage in
            storage is InMemoryStorage ? try await memory.reopen(storage) : try await sqlite.reopen(storage)
        }

        try await comparison.run(steps: 500)
    }

    @Test(arguments: 0..<12)
    func `SQLite behind a commit log answers as memory does, whatever is done to them`(_ run: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("run \(run): seed \(seed)")
        let directory = try TemporaryDirectory()
        var options = CommitLogOptions()
        // Sometimes nearly every change is performed at once, sometimes hardly any.
        options.gatheredBytes = [2_000, 20_000, 1 << 20][run % 3]
        let memory = StorageConformance.Factory.memory
        let sqlite = StorageConformance.Factory.sqlite(
            in: directory,
            commitLog: options,
            crashes: run.isMultiple(of: 2)
        )
        var comparison = StorageComparison(seed: seed, try await memory.make(), try await sqlite.make()) { storage in
            storage is InMemoryStorage ? try await memory.reopen(storage) : try await sqlite.reopen(storage)
        }

        try await comparison.run(steps: 500)
    }
}
