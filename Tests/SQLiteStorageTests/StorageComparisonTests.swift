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
}
