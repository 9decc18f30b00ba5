#if PostgreSQL
import ActivationCore
import ActivationEngine
import TestSupport
import Testing

@testable import PostgresStorage

/// Up to where records may be in somebody's hands, as it is noted before they are.
struct ClaimReachTests {
    private let start = ContinuousClock.now

    @Test func `it is raised where there are records beyond it, and not before`() {
        var reach = ClaimReach(through: 10)
        var isRaised = reach.raise(over: 10, at: start)
        #expect(!isRaised && reach.through == 10)
        isRaised = reach.raise(over: 11, at: start)
        let through = reach.through
        #expect(isRaised && through > 11)
        isRaised = reach.raise(over: through, at: start)
        #expect(!isRaised && reach.through == through)
        isRaised = reach.raise(over: .max, at: start)
        #expect(isRaised && reach.through == .max)
    }

    /// Nothing is noted much more often than is said, and nobody waits for much more than was under way.
    @Test(arguments: [1, 40, 1_000, 20_000, 100_000])
    func `the more records come, the further ahead`(_ perSecond: Int64) {
        var reach = ClaimReach(through: 0)
        var raised: [Int64] = []
        for millisecond in 0..<20_000 as Range<Int64> {
            let last = millisecond * perSecond / 1_000
            if reach.raise(over: last, at: start + .milliseconds(millisecond)) { raised.append(millisecond) }
            #expect(reach.through >= last)
            guard millisecond > 10_000 else { continue }
            #expect(reach.through - last <= max(9, perSecond * 2))
        }
        #expect(raised.count { $0 >= 10_000 } <= 60)
    }
}

/// What whoever claims next knows of it.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct FormerReachTests {
    private let schemas: TemporarySchemas
    private let options: PostgresOptions

    init() throws {
        schemas = try TemporarySchemas()
        options = schemas.make()
    }

    private static let flow = Dataflow.ID(uuid: UUIDBytes(high: 0xdf, low: 1))

    /// Makes a record of each of as many people.
    private static func append(_ count: Int, to storage: PostgresStorage) async throws {
        var plan = CommitPlan(scope: .production)
        plan.outbox = (0..<count).map { number in
            OutboxRow(
                dataflow: flow,
                profile: Profile.ID(uuid: UUIDBytes(high: 1, low: UInt64(number))),
                mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4)),
                revision: 1,
                reasons: [.identity],
                partitionKey: "key",
                payload: [],
                admittedAt: Timestamp(milliseconds: 1)
            )
        }
        plan.counters = [flow: DataflowCounters(triggered: Int64(count))]
        try await storage.commit(plan)
    }

    private static func claim(_ count: Int, from storage: PostgresStorage) async throws -> [Int64] {
        try await storage.claim(ClaimRequest(dataflow: flow, limit: count, limitPerProfile: 1)).map(\.row)
    }

    private static func number(_ sql: String, _ options: PostgresOptions) throws -> Int64 {
        let connection = try PostgresConnection(options, name: "headwater test")
        return try connection.run(PostgresCall(PostgresStatement("number", sql))).int8(0, 0)
    }

    @Test func `who claims next knows what may be in hand, and what cannot`() async throws {
        var following = options
        (following.leads, following.node) = (false, 1)
        let first = try PostgresStorage.open(options)
        let follower = try PostgresStorage.open(following)
        #expect(first.formerReach == 0)
        // A follower does not claim.
        #expect(follower.formerReach == nil)
        try await Self.append(20, to: follower)
        #expect(try await Self.claim(5, from: first) == Array(1...5))
        // Else it goes on noting how far it may claim.
        try await first.close()
        let noted = try Self.number("SELECT last FROM claim_reach WHERE lane = 0", options)
        #expect((20..<120).contains(noted))
        try await Self.append(100, to: follower)

        let second = try PostgresStorage.open(options)
        #expect(second.formerReach == noted)
        #expect(try await Self.claim(1, from: second) == [1])
        let third = try PostgresStorage.open(options)
        #expect(try #require(third.formerReach) >= 120)
        await #expect(throws: StorageError.self) { _ = try await Self.claim(5, from: second) }
        for storage in [second, third, follower] { try await storage.close() }
    }

    @Test(.timeLimit(.minutes(1))) func `it is noted also while nobody claims`() async throws {
        let storage = try PostgresStorage.open(options)
        try await Self.append(100, to: storage)
        while try Self.number("SELECT last FROM claim_reach WHERE lane = 0", options) < 100 {
            try await Task.sleep(for: .milliseconds(20))
        }
        try await storage.close()
    }

    @Test func `who holds everybody misses no record over another connection`() async throws {
        let (options, network) = try FaultyNetwork.standing(before: options)
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await Self.append(3, to: storage)
        let held = ClaimRequest(dataflow: Self.flow, limit: 5, limitPerProfile: 1, holdingThrough: .max)
        #expect(try await storage.claim(held).isEmpty)
        network.cut()
        // The first to find out is told that the connection is lost.
        var claimed: [Int64]?
        while claimed == nil {
            do {
                claimed = try await Self.claim(5, from: storage)
            } catch let error as StorageError {
                try #require(error.code == .unavailable)
            }
        }
        #expect(claimed == Array(1...3))
        try await storage.close()
    }

    @Test func `where somebody claimed who noted nothing, all may be in hand`() async throws {
        let first = try PostgresStorage.open(options)
        try await Self.append(200, to: first)
        try await first.close()
        // A program from before that has led since raises the row's epoch alone.
        _ = try Self.number("UPDATE writer SET epoch = epoch + 1 WHERE number = 0 RETURNING epoch", options)
        let second = try PostgresStorage.open(options)
        #expect(second.formerReach == 200)
        try await second.close()
    }
}
#endif
