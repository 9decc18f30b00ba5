import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Rows that nobody of ours wrote are an error for whoever needs them, every time, and never a trap.
@Suite struct DamagedRowTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path("store") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A store with a little of everything, changed by a statement that we would not perform.
    private func makeStore(damagedBy sql: String) async throws {
        let storage = try SQLiteStorage.open(directory: path)
        try await StorageConformance.commit(to: storage) { plan in
            plan.paths = (1...3).map {
                CommitPlan.PathWrite(id: PathID(rawValue: $0), parent: .root, name: [UInt8($0)])
            }
            plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "crm"), CommitPlan.DatasetWrite(id: 2, name: "web")]
            plan.profiles = (1...3).map { StorageConformance.new($0) }
            plan.identities = [
                CommitPlan.IdentityWrite(
                    identity: StorageConformance.email("a"),
                    profile: StorageConformance.profileID(1)
                )
            ]
            plan.events = [StorageConformance.event("a", of: 1, at: 1), StorageConformance.event("b", of: 1, at: 2)]
            plan.outbox = (1...3).map { StorageConformance.record("\($0)", of: $0) }
            plan.counters = [StorageConformance.dataflowID(1): DataflowCounters(triggered: 3)]
            plan.admission = AdmissionMark(
                instant: Timestamp(milliseconds: 1),
                sequence: AdmissionSequence(rawValue: 1_024)
            )
            plan.memberCounters = [StorageConformance.audienceID(1): MemberCounters(entered: 1)]
        }
        let rows = try await StorageConformance.claim(storage, limit: 1)
        let parked = OutboxSettlement.Outcome.parked(code: "c", message: "m", at: Timestamp(milliseconds: 1))
        try await StorageConformance.settle(rows, in: storage, as: parked)
        let time = Timestamp(milliseconds: 1)
        let object = ControlObject(kind: "k", id: "i", etag: "e", createdAt: time, updatedAt: time, body: [])
        try await storage.apply([.insert(object)], scope: StorageConformance.scope)
        try await storage.close()
        try Connection(path: path + "/headwater.db", vfs: nil).execute(sql)
    }

    private func expectCorrupt(_ work: () async throws -> Void) async throws {
        for _ in 0..<3 { try await StorageConformance.expectError(.corrupt, from: work) }
    }

    @Test(arguments: [
        "UPDATE scope SET profiles = -1", "UPDATE scope SET profile_row_last = 3",
        "UPDATE scope SET number = 9223372036854775807", "UPDATE scope SET commits = -7",
        "UPDATE dataflow SET number = 1000000000", "UPDATE dataflow SET number = -1", "UPDATE dataflow SET id = x'01'",
        "UPDATE dataflow SET triggered = 9223372036854775807", "UPDATE namespace SET symbol = x'ff'",
        "UPDATE scope SET admitted_at = 1, admission = -1024",
    ])
    func `what is kept in memory is checked when the store is opened`(_ sql: String) async throws {
        try await makeStore(damagedBy: sql)

        try await expectCorrupt { _ = try SQLiteStorage.open(directory: path) }
    }

    @Test(arguments: [
        "UPDATE path SET id = 7 WHERE id = 3", "UPDATE path SET parent = 5 WHERE id = 2",
        "UPDATE path SET id = -3 WHERE id = 3", "UPDATE path SET parent = 1 << 40 WHERE id = 2",
        "UPDATE dataset SET id = 99999 WHERE id = 2", "UPDATE dataset SET id = 9 WHERE id = 2",
        "UPDATE dataset SET name = x'c328' WHERE id = 2",
    ])
    func `dictionaries are checked when they are read`(_ sql: String) async throws {
        try await makeStore(damagedBy: sql)
        let storage = try SQLiteStorage.open(directory: path)

        try await expectCorrupt { _ = try await storage.dictionaries(scope: StorageConformance.scope) }
        try await storage.close()
    }

    @Test(arguments: [Int64.max, -1])
    func `a revision that nobody can have counted to is damage`(_ revision: Int64) async throws {
        try await makeStore(
            damagedBy: "UPDATE profile SET revision = \(revision); UPDATE outbox SET revision = \(revision)"
        )
        let storage = try SQLiteStorage.open(directory: path)

        try await expectCorrupt { _ = try await StorageConformance.profile(1, in: storage) }
        try await expectCorrupt { _ = try await storage.profiles(scope: StorageConformance.scope, after: 0, limit: 1) }
        try await expectCorrupt { _ = try await StorageConformance.claim(storage) }
        try await storage.close()
    }

    @Test func `profiles and events are checked when they are read`() async throws {
        try await makeStore(
            damagedBy: """
                UPDATE profile SET id = x'0102' WHERE row & 0xff = 1;
                UPDATE event SET id = x'80' WHERE id = x'61';
                UPDATE audience SET id = zeroblob(17);
                UPDATE audience_hour SET entered = -1, audience = zeroblob(17);
                """
        )
        let storage = try SQLiteStorage.open(directory: path)
        let scope = StorageConformance.scope

        try await expectCorrupt { _ = try await storage.profiles(scope: scope, after: 0, limit: 10) }
        try await expectCorrupt { _ = try await storage.profileRows(scope: scope, after: 0, limit: 10) }
        try await expectCorrupt {
            var request = LoadRequest(scope: scope)
            request.identities = [StorageConformance.email("a")]
            _ = try await storage.load(request)
        }
        for extent in [EventRequest.Extent.index, .whole] {
            try await expectCorrupt {
                var request = EventRequest()
                request.items = [EventRequest.Item(row: 1 << 32 | 1, extent: extent)]
                _ = try await storage.loadEvents(request)
            }
        }
        try await expectCorrupt { _ = try await storage.memberCounts(scope: scope) }
        try await expectCorrupt { _ = try await storage.memberChanges(since: 0, scope: scope) }
        try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(9)] }
        #expect(try await storage.profiles(scope: scope, after: 1 << 32 | 1, limit: 10).count == 3)
        try await storage.close()
    }

    @Test(arguments: [
        "UPDATE audience_hour SET entered = -1", "UPDATE audience SET exited = -1",
        "UPDATE audience SET entered = 9223372036854775807, exited = -9223372036854775807",
    ])
    func `counters of members are checked when they are read`(_ sql: String) async throws {
        try await makeStore(damagedBy: sql)
        let storage = try SQLiteStorage.open(directory: path)
        let scope = StorageConformance.scope
        let audience = StorageConformance.audienceID(1)

        try await expectCorrupt { _ = try await storage.memberHours(of: audience, scope: scope) }
        try await expectCorrupt { _ = try await storage.memberChanges(since: 0, scope: scope) }
        try await storage.close()
    }

    @Test(arguments: [Int64.min + 5, -1, Int64.max])
    func `an hour of no year that has four digits is read in bounded time`(_ hour: Int64) async throws {
        try await makeStore(damagedBy: "UPDATE audience_hour SET hour = \(hour)")
        let storage = try SQLiteStorage.open(directory: path)
        let scope = StorageConformance.scope

        let hours = try await storage.memberHours(of: StorageConformance.audienceID(1), scope: scope)
        #expect(hours.count <= 1)
        #expect(try await storage.memberCount(of: StorageConformance.audienceID(1), scope: scope) == 1)
        try await storage.close()
    }

    @Test(arguments: [
        "lane = 3", "lane = -1", "reasons = 999", "profile = x'01'", "merge_policy = x''", "partition_key = x'ff'",
    ])
    func `records are checked when they are claimed, and a claim that failed holds nothing`(
        _ change: String
    ) async throws {
        try await makeStore(damagedBy: "UPDATE outbox SET \(change) WHERE row & 0xff = 3")
        let storage = try SQLiteStorage.open(directory: path)

        try await expectCorrupt { _ = try await StorageConformance.claim(storage) }

        #expect(StorageConformance.payloads(try await StorageConformance.claim(storage, limit: 1)) == ["2"])
        try await expectCorrupt { _ = try await StorageConformance.claim(storage, holdingThrough: 0) }
        try await storage.close()
    }

    @Test(arguments: ["lane = 3", "profile = x'01'", "code = x'ff'", "message = x'ff'"])
    func `dead letters are checked when they are read`(_ change: String) async throws {
        try await makeStore(damagedBy: "UPDATE dead_letter SET \(change)")
        let storage = try SQLiteStorage.open(directory: path)

        try await expectCorrupt {
            _ = try await storage.deadLetters(dataflow: StorageConformance.dataflowID(1), limit: 1)
        }
        try await storage.close()
    }

    @Test(arguments: ["kind", "id", "etag"])
    func `configuration is checked when it is read`(_ column: String) async throws {
        try await makeStore(damagedBy: "UPDATE control_object SET \(column) = x'ff'")
        let storage = try SQLiteStorage.open(directory: path)
        let scope = StorageConformance.scope

        if column == "kind" {
            #expect(try await storage.objects(kind: "k", scope: scope).isEmpty)
        } else {
            try await expectCorrupt { _ = try await storage.objects(kind: "k", scope: scope) }
        }
        try await storage.close()
    }

    @Test func `a scope, a limit or a row that cannot be is answered, not trapped on`() async throws {
        try await makeStore(damagedBy: "SELECT 1")
        let storage = try SQLiteStorage.open(directory: path)

        for number in [0, -1, 1 << 31, Int64.max, Int64.min] {
            let scope = Scope(rawValue: number)
            #expect(try await storage.profiles(scope: scope, after: Int64.max, limit: 5).isEmpty)
            #expect(try await storage.profileRows(scope: scope, after: Int64.max, limit: 5).isEmpty)
            #expect(try await storage.profileCount(scope: scope) == 0)
            try await StorageConformance.expectError(.conflict) {
                try await StorageConformance.commit(to: storage, scope: scope) {
                    $0.profiles = [StorageConformance.new(1)]
                }
            }
        }
        for hold in [Int64.min, -1, Int64.max] {
            _ = try await StorageConformance.claim(storage, limit: 0, holdingThrough: hold)
            _ = try await StorageConformance.claim(storage, limit: -1, perProfile: -1, holdingThrough: hold)
        }
        #expect(StorageConformance.payloads(try await StorageConformance.claim(storage)) == ["2", "3"])
        try await storage.settle(
            dataflow: StorageConformance.dataflowID(1),
            [Int64.min, 0, Int64.max].map { OutboxSettlement(row: $0, outcome: .delivered) }
        )
        try await storage.close()
    }
}
