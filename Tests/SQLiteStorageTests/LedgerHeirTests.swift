import ActivationCore
import ActivationEngine
import StorageCommon
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Whose deliveries are whose after profiles became one.
@Suite(.timeLimit(.minutes(5))) struct LedgerHeirTests {
    private typealias Shared = StorageConformance

    private let directory: TemporaryDirectory
    private static let day: Int64 = 86_400_000

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func commit(
        to storage: SQLiteStorage,
        at instant: Int64,
        _ change: (inout CommitPlan) -> Void
    ) async throws {
        try await Shared.commit(to: storage) { plan in
            change(&plan)
            plan.admission = AdmissionMark(
                instant: Timestamp(milliseconds: instant),
                sequence: AdmissionSequence(rawValue: instant)
            )
        }
    }

    private func workWhenIdle(_ storage: SQLiteStorage) async throws {
        switch storage.writer {
        case .database(let writer):
            try await writer.perform { database throws(StorageError) in try database.workWhenIdle() }
        case .logged(let writer): try await writer.workWhenIdle()
        }
    }

    @Test(arguments: [false, true])
    func `an heir is known as long as what was delivered before, however long nobody sent anything`(
        _ isLogged: Bool
    ) async throws {
        var options = SQLiteStorageOptions()
        options.ledgerDays = 2
        options.idleInterval = .seconds(3_600)
        if isLogged { options.commitLog = CommitLogOptions() }
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        try await commit(to: storage, at: 100 * Self.day) { plan in
            plan.profiles = [Shared.new(1), Shared.new(2)]
            plan.outbox = [Shared.record("a", of: 1), Shared.record("b", of: 2)]
            plan.counters = [Shared.dataflowID(1): DataflowCounters(triggered: 2)]
        }
        // The destination takes them when they are four days old, and only then something comes again.
        let receipt = OutboxSettlement.Receipt(text: "taken", at: Timestamp(milliseconds: 104 * Self.day))
        let settlements = try await Shared.claim(storage).map { row in
            OutboxSettlement(row: row.row, outcome: .delivered, receipt: receipt)
        }
        try await storage.settle(dataflow: Shared.dataflowID(1), settlements)
        let survivor = try await Shared.profile(1, in: storage)
        let absorbed = try await Shared.profile(2, in: storage)
        try await commit(to: storage, at: 104 * Self.day + 1) { plan in
            plan.profiles = [Shared.changed(survivor, value: "both")]
            plan.merges = [CommitPlan.ProfileMerge(absorbed: absorbed, survivor: survivor.id)]
        }

        for days in Int64(0)...2 {
            try await commit(to: storage, at: (104 + days) * Self.day + 2 + days) { _ in }
            try await workWhenIdle(storage)
            #expect(try await storage.deliveries(of: survivor.id, scope: Shared.scope).count == 2)
            #expect(try await storage.deliveries(of: absorbed.id, scope: Shared.scope).isEmpty)
        }
        try await commit(to: storage, at: 107 * Self.day) { _ in }
        try await workWhenIdle(storage)
        #expect(try await storage.deliveries(of: survivor.id, scope: Shared.scope).isEmpty)
        let writer = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        #expect(try writer.integer("SELECT count(*) FROM heir") == 0)
        try await storage.close()
    }

    @Test func `heirs in a circle, which only damage makes, are followed to an end`() throws {
        let database = try WriterDatabase(DataDirectory(path: directory.path("store")), SQLiteStorageOptions())
        try database.handOnDeliveries(of: Shared.profileID(1), to: Shared.profileID(2), in: Shared.scope)
        try database.handOnDeliveries(of: Shared.profileID(2), to: Shared.profileID(1), in: Shared.scope)
        let heir = try database.heir(of: Shared.profileID(1), in: Shared.scope)
        #expect([Shared.profileID(1), Shared.profileID(2)].contains(heir))
    }
}
