#if PostgreSQL
import ActivationCore
import ActivationEngine
import TestSupport
import Testing

@testable import PostgresStorage

/// What stands in the database and cannot: it is told of, and ends nothing.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct DamagedRowTests {
    private static let scope = Scope.production
    private static let dataflow = Dataflow.ID(uuid: UUIDBytes(high: 0xdf, low: 1))
    private static let audience = Audience.ID(uuid: UUIDBytes(high: 0xad, low: 1))
    private static let profile = Profile.ID(uuid: UUIDBytes(high: 1, low: 1))
    private static let email = Identity(namespace: "Email", value: "a@example.com")

    /// A profile with a record, an event, counters and hours.
    private static func plan(_ number: UInt64 = 1) -> CommitPlan {
        var plan = CommitPlan(scope: scope)
        let id = Profile.ID(uuid: UUIDBytes(high: 1, low: number))
        plan.admission = AdmissionMark(instant: Timestamp(milliseconds: 1_700_000_000_000), sequence: .zero)
        plan.profiles = [
            CommitPlan.ProfileWrite(
                profile: StoredProfile(row: 0, id: id, revision: 1, value: [1]),
                expectedRevision: 0
            )
        ]
        if number == 1 { plan.identities = [CommitPlan.IdentityWrite(identity: email, profile: id)] }
        var record = OutboxRow(
            dataflow: dataflow,
            profile: id,
            mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4)),
            revision: 1,
            reasons: [.identity],
            partitionKey: "key",
            payload: [7],
            admittedAt: Timestamp(milliseconds: 1)
        )
        record.audiences = [audience]
        plan.outbox = [record]
        plan.counters = [dataflow: DataflowCounters(triggered: 1)]
        plan.audienceBooks = [
            dataflow: AudienceBooks(
                told: DataflowCounters(triggered: 1),
                audiences: [audience: DataflowCounters(triggered: 1)]
            )
        ]
        plan.memberCounters = [audience: MemberCounters(entered: 1)]
        return plan
    }

    /// Does everything that reads what may be damaged; each may fail, none may end the process.
    private static func useAll(_ options: PostgresOptions) async -> [StorageError.Code] {
        var codes: [StorageError.Code] = []
        func attempt(_ work: () async throws -> Void) async {
            do {
                try await work()
            } catch let error as StorageError {
                codes.append(error.code)
            } catch {
                Issue.record("another error: \(error)")
            }
        }
        await attempt {
            let storage = try PostgresStorage.open(options)
            var request = LoadRequest(scope: scope)
            request.identities = [email]
            await attempt { _ = try await storage.load(request) }
            await attempt { await storage.abandon(try await storage.begin(request).batch) }
            await attempt { _ = try await storage.profiles(scope: scope, after: 0, limit: 10) }
            await attempt { _ = try await storage.books(dataflow: dataflow) }
            await attempt { _ = try await storage.countBooks(scope: scope) }
            await attempt { _ = try await storage.countAudienceBooks(dataflow: dataflow) }
            await attempt { _ = try await storage.bookedHours(dataflow: dataflow) }
            await attempt { _ = try await storage.memberCounts(scope: scope) }
            await attempt { _ = try await storage.memberHours(of: audience, scope: scope) }
            await attempt { _ = try await storage.memberChanges(since: 0, scope: scope) }
            await attempt { _ = try await storage.admission(scope: scope) }
            await attempt { _ = try await storage.dictionaries(scope: scope) }
            await attempt {
                let rows = try await storage.claim(ClaimRequest(dataflow: dataflow, limit: 9, limitPerProfile: 1))
                try await storage.settle(
                    dataflow: dataflow,
                    rows.map { OutboxSettlement(row: $0.row, outcome: .delivered) }
                )
            }
            await attempt { try await storage.commit(plan(.random(in: 100...(.max)))) }
            await attempt { try await storage.checkWritable() }
            try await storage.close()
        }
        return codes
    }

    @Test(arguments: [
        "UPDATE writer SET batch = 9223372036854775807", "UPDATE writer SET epoch = -9223372036854775808",
        "UPDATE lane SET last = 9223372036854775807", "UPDATE lane SET profiles = 9223372036854775806",
        "UPDATE lane SET profiles = -9223372036854775808",
        "UPDATE book SET triggered = 9223372036854775807, rows = -9223372036854775807",
        "UPDATE audience_book SET triggered = 9223372036854775807",
        "UPDATE book_hour SET triggered = -9223372036854775808",
        "UPDATE book_hour SET hour = 9223372036854775807", "UPDATE book_hour SET hour = -9223372036854775808",
        "UPDATE audience_book_hour SET delivered = -9223372036854775808",
        "UPDATE tally SET entered = 9223372036854775807, exited = -9223372036854775808",
        "UPDATE tally_hour SET entered = -9223372036854775808, exited = 9223372036854775807",
        "UPDATE tally_hour SET hour = -9223372036854775808",
        "UPDATE admission SET instant = 9223372036854775807, sequence = -1",
        "UPDATE profile SET revision = -9223372036854775808", "UPDATE profile SET revision = 9223372036854775807",
        "UPDATE outbox SET audiences = '\\x00'", "UPDATE outbox SET origin = 99", "UPDATE outbox SET reasons = -1",
        "UPDATE outbox SET partition_key = '\\xff'", "UPDATE outbox SET row = 9223372036854775807",
        "UPDATE outbox SET row = -9223372036854775808", "UPDATE dataflow SET number = -2147483648",
        "INSERT INTO path VALUES (1, -1, -2, '')", "INSERT INTO dataset VALUES (1, 99999, '')",
        "DELETE FROM lane", "DELETE FROM writer", "DELETE FROM history_chain",
    ])
    func `a row that cannot be ends nothing`(_ damage: String) async throws {
        let schemas = try TemporarySchemas()
        let options = schemas.make()
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan())
        try await storage.close()

        try PostgresConnection(options, name: "headwater tests").executeSchema(damage)
        let codes = await Self.useAll(options)

        // Nothing is called another's doing, or done although it was not.
        #expect(codes.allSatisfy { [.corrupt, .io, .full, .conflict, .writeLost].contains($0) }, "\(codes)")
    }

    @Test func `what is not damaged is read`() async throws {
        let schemas = try TemporarySchemas()
        let options = schemas.make()
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan())
        try await storage.close()

        #expect(await Self.useAll(options) == [])
    }
}
#endif
