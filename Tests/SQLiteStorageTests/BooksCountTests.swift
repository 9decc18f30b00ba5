import ActivationCore
import ActivationEngine
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Counting what is stored beside what the books say.
@Suite struct BooksCountTests {
    private static let flow = StorageConformance.dataflowID(1)

    /// A store with records 1 to 4, of which 4 is a dead letter.
    private func store(in directory: TemporaryDirectory) async throws -> SQLiteStorage {
        let storage = try SQLiteStorage.open(directory: directory.path("store"))
        try await StorageConformance.append(
            (1...4).map { StorageConformance.record("\($0)", of: $0) },
            to: storage
        )
        let rows = try await StorageConformance.claim(storage)
        let last = try #require(rows.last)
        let parked = OutboxSettlement.Outcome.parked(code: "X", message: "m", at: Timestamp(milliseconds: 1))
        try await storage.settle(dataflow: Self.flow, [OutboxSettlement(row: last.row, outcome: parked)])
        return storage
    }

    @Test(
        arguments: [
            ("DELETE FROM outbox WHERE row = (SELECT min(row) FROM outbox)", -1, 0),
            ("DELETE FROM dead_letter", 0, -1),
            ("UPDATE dataflow SET delivered = delivered + 1", 1, 0),
            ("UPDATE dataflow SET parked = parked - 1", -1, 1),
        ] as [(String, Int64, Int64)]
    )
    func `a row that is lost and a sum that is wrong are found`(
        damage: String,
        waiting: Int64,
        letters: Int64
    ) async throws {
        let directory = try TemporaryDirectory()
        let storage = try await store(in: directory)
        let sound = try #require(try await storage.countBooks(scope: StorageConformance.scope)[Self.flow])
        #expect(sound.isBalanced && sound.waiting == 3 && sound.deadLetters == 1)
        try await storage.close()
        try Connection(path: directory.path("store/headwater.db"), vfs: nil).execute(damage)

        let damaged = try SQLiteStorage.open(directory: directory.path("store"))
        let found = try #require(try await damaged.countBooks(scope: StorageConformance.scope)[Self.flow])

        #expect(!found.isBalanced)
        #expect(found.waitingSurplus == waiting && found.deadLettersSurplus == letters)
        try await damaged.close()
    }

    @Test func `records that come and go meanwhile do not put the books off`() async throws {
        let directory = try TemporaryDirectory()
        let storage = try await store(in: directory)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for number in 5..<105 {
                    try await StorageConformance.append(
                        [StorageConformance.record("\(number)", of: number)],
                        to: storage
                    )
                    let rows = try await StorageConformance.claim(storage)
                    try await StorageConformance.settle(rows, in: storage)
                }
            }
            group.addTask {
                for _ in 0..<100 {
                    let found = try await storage.countBooks(scope: StorageConformance.scope)[Self.flow]
                    #expect(found?.isBalanced == true)
                }
            }
            try await group.waitForAll()
        }
        try await storage.close()
    }
}
