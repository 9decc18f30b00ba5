#if PostgreSQL
import ActivationEngine
import TestSupport
import Testing

@testable import PostgresStorage

@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct PostgresConformanceTests {
    @Test(arguments: StorageConformance.checks)
    func `PostgreSQL conforms where transactions see what others have committed`(
        _ check: StorageConformance.Check
    ) async throws {
        try await check.run(.postgres(in: TemporarySchemas(), .readCommitted))
    }

    @Test(arguments: StorageConformance.checks)
    func `PostgreSQL conforms where transactions see each other in one order`(
        _ check: StorageConformance.Check
    ) async throws {
        try await check.run(.postgres(in: TemporarySchemas(), .serializable))
    }

    /// All but what a storage tells whoever commits of records that somebody has in hand, since those are another process's, and what
    /// happens to records that are made for a dataflow after it was dropped, which an old configuration alone would do.
    private static let checksOfTwoProcesses = StorageConformance.checks.filter {
        ![
            "in hand is named", "in hand are named", "tells which claimed rows",
            "all of a dataflow with its last record",
            "what a deleted dataflow drops counts for its audiences",
        ].contains(where: $0.name.contains)
    }

    @Test(arguments: checksOfTwoProcesses)
    func `PostgreSQL conforms where one process commits and another one claims`(
        _ check: StorageConformance.Check
    ) async throws {
        try await check.run(.postgres(in: TemporarySchemas(), .readCommitted, writesApart: true))
    }

    /// Batches that others come before are begun anew by the pipeline, not by the storage.
    @Test(arguments: StorageConformance.checksOutsideOfBatches)
    func `PostgreSQL conforms where another writer is first now and then`(
        _ check: StorageConformance.Check
    ) async throws {
        let seed = TestSeed.next()
        try await check.run(.postgres(in: TemporarySchemas(), .readCommitted) { try $0.loseRaces(seed: seed) })
    }

    @Test(arguments: 0..<4)
    func `PostgreSQL answers as memory does, whatever is done to them`(_ run: Int) async throws {
        let seed = TestSeed.next()
        let areTwo = !run.isMultiple(of: 2)
        let memory = InMemoryStorage()
        let postgres = try StorageConformance.Factory.postgres(
            in: TemporarySchemas(),
            .readCommitted,
            writesApart: areTwo
        )
        var comparison = StorageComparison(seed: seed, memory, try await postgres.make(), isOneProcess: !areTwo) {
            storage in
            guard storage is InMemoryStorage else { return try await postgres.reopen(storage) }
            memory.losePower(keeping: 1)
            return memory
        }

        try await comparison.run(steps: 5_000)
    }
}
#endif
