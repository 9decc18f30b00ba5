import ActivationCore
import ActivationEngine
import Testing

@testable import SQLiteStorage
@testable import TestSupport

@Suite struct AudienceBooksTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path("store") }
    private let dataflow = StorageConformance.dataflowID(1)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func append(_ numbers: ClosedRange<Int>, at hour: Int64, to storage: SQLiteStorage) async throws {
        try await StorageConformance.commit(to: storage) { plan in
            plan.admission = AdmissionMark(
                instant: Timestamp(milliseconds: hour * BookedHour.length),
                sequence: AdmissionSequence(rawValue: 1 << 10)
            )
            plan.outbox = numbers.map { StorageConformance.record("\($0)", of: $0, telling: [1]) }
            for record in plan.outbox { plan.enterTriggered(record) }
        }
    }

    private func settle(_ rows: [OutboxRow], at hour: Int64, in storage: SQLiteStorage) async throws {
        let receipt = OutboxSettlement.Receipt(
            text: "r",
            at: Timestamp(milliseconds: hour * BookedHour.length)
        )
        try await storage.settle(
            dataflow: dataflow,
            rows.map { OutboxSettlement(row: $0.row, outcome: .delivered, receipt: receipt) }
        )
    }

    /// Makes a store what the schema before the books of audiences had.
    private func takeBack() throws {
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        try connection.execute(
            """
            DROP TABLE dataflow_audience;
            DROP TABLE dataflow_audience_hour;
            ALTER TABLE outbox DROP COLUMN audiences;
            ALTER TABLE dead_letter DROP COLUMN audiences;
            ALTER TABLE configuration_change DROP COLUMN digest;
            ALTER TABLE configuration_change DROP COLUMN outcome;
            ALTER TABLE configuration_change DROP COLUMN sender;
            DROP INDEX configuration_change_made;
            DROP INDEX configuration_change_author;
            DROP INDEX configuration_change_actor;
            DROP INDEX configuration_change_action;
            CREATE INDEX configuration_change_author ON configuration_change (scope, author);
            DROP TABLE history_chain;
            DROP TABLE commit_log;
            DROP TABLE profile_place;
            DROP TABLE delivery_run;
            DROP TABLE delivery_block;
            DROP TABLE heir;
            DROP TABLE value_file;
            PRAGMA user_version = 12;
            """
        )
    }

    @Test func `records of before tell of no audience, and the first hour that begins afterwards counts`() async throws
    {
        let before = try SQLiteStorage.open(directory: path)
        try await append(1...3, at: 5, to: before)
        try await before.close()
        try takeBack()

        let storage = try SQLiteStorage.open(directory: path)
        let rows = try await storage.claim(ClaimRequest(dataflow: dataflow, limit: 9, limitPerProfile: 9))
        #expect(rows.map(\.audiences) == [[], [], []])
        try await settle([rows[0]], at: 5, in: storage)
        try await append(4...4, at: 5, to: storage)
        try await append(5...6, at: 6, to: storage)
        try await settle([rows[1]], at: 6, in: storage)

        let hours = try await storage.bookedHours(dataflow: dataflow)
        let new = DataflowCounters(triggered: 2)
        let audience = StorageConformance.audienceID(1)
        #expect(hours.map(\.audiences) == [nil, AudienceBooks(told: new, audiences: [audience: new])])
        #expect(hours.map(\.counters.triggered) == [4, 2])
        let counted = try await storage.countAudienceBooks(dataflow: dataflow)
        #expect(counted.isBalanced)
        #expect(counted.audiences[audience]?.counters == DataflowCounters(triggered: 3))
        try await storage.close()
    }

    @Test func `the hour goes on after a restart`() async throws {
        let before = try SQLiteStorage.open(directory: path)
        try await append(1...2, at: 5, to: before)
        try await before.close()

        let storage = try SQLiteStorage.open(directory: path)
        try await append(3...3, at: 5, to: storage)

        let all = DataflowCounters(triggered: 3)
        let audience = StorageConformance.audienceID(1)
        #expect(
            try await storage.bookedHours(dataflow: dataflow).map(\.audiences)
                == [AudienceBooks(told: all, audiences: [audience: all])]
        )
        try await storage.close()
    }

    @Test func `a list of audiences that is cut off is damage`() async throws {
        let before = try SQLiteStorage.open(directory: path)
        try await append(1...1, at: 5, to: before)
        try await before.close()
        try Connection(path: path + "/headwater.db", vfs: nil).execute("UPDATE outbox SET audiences = x'0102'")

        let storage = try SQLiteStorage.open(directory: path)
        await #expect(throws: StorageError.self) {
            try await storage.claim(ClaimRequest(dataflow: dataflow, limit: 9, limitPerProfile: 9))
        }
        try await storage.close()
    }
}
