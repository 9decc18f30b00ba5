#if PostgreSQL
import ActivationCore
import ActivationEngine
import Foundation
import TestSupport
import Testing

@testable import PostgresStorage

/// What a writer finds out when an answer does not come, and what others may do to it.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct WriterFateTests {
    private static let scope = Scope.production
    private let schemas: TemporarySchemas

    init() throws {
        schemas = try TemporarySchemas()
    }

    private static func id(_ number: Int) -> Profile.ID {
        Profile.ID(uuid: UUIDBytes(high: 0x1234_5678_0000_4000, low: 0x8000_0000_0000_0000 | UInt64(number)))
    }

    private static func plan(making number: Int) -> CommitPlan {
        var plan = CommitPlan(scope: scope)
        let profile = StoredProfile(row: 0, id: id(number), revision: 1, value: [1, 2, 3])
        plan.profiles = [CommitPlan.ProfileWrite(profile: profile, expectedRevision: 0)]
        plan.identities = [CommitPlan.IdentityWrite(identity: email(number), profile: id(number))]
        return plan
    }

    private static func email(_ number: Int) -> Identity {
        Identity(namespace: "Email", value: "\(number)@example.com")
    }

    private static func request(_ number: Int) -> LoadRequest {
        var request = LoadRequest(scope: scope)
        request.identities = [email(number)]
        return request
    }

    private static func change(of stored: StoredProfile, to value: [UInt8]) -> CommitPlan {
        var plan = CommitPlan(scope: scope)
        var profile = stored
        profile.revision += 1
        profile.value = value
        plan.profiles = [CommitPlan.ProfileWrite(profile: profile, expectedRevision: stored.revision)]
        return plan
    }

    /// Options of a storage behind a network that fails on demand.
    private func faulty() throws -> (options: PostgresOptions, network: FaultyNetwork) {
        try FaultyNetwork.standing(before: schemas.make())
    }

    // MARK: Lost answers

    @Test func `a commit whose answer is lost is found to be done`() async throws {
        let (options, network) = try faulty()
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))

        network.failNextCommit(.cutAfterCommit)
        try await storage.commit(Self.plan(making: 2))

        #expect(try await storage.profileCount(scope: Self.scope) == 2)
        try await storage.commit(Self.plan(making: 3))
        #expect(try await storage.profileCount(scope: Self.scope) == 3)
        try await storage.close()
    }

    @Test func `an answer that the server gave and nobody got is not waited for`() throws {
        let (options, network) = try faulty()
        defer { network.close() }
        let connection = try PostgresConnection(options, name: "headwater tests", patience: nil)
        let patient = try PostgresConnection(options, name: "headwater tests", patience: .seconds(30))
        let begin = PostgresCall(PostgresStatements.begin)
        let commit = PostgresCall(PostgresStatements.commit)
        _ = try connection.run([begin, commit])

        network.failNextCommit(.silentAfterCommit)
        let error = #expect(throws: StorageError.self) { try patient.run([begin, commit]) }

        #expect(error?.code == .unavailable)
        // The server itself is not silent.
        _ = try connection.repeating { () throws(StorageError) in try connection.run([begin, commit]) }
        #expect(connection.generation == 1)
        _ = try patient.run([begin, commit])
        #expect(patient.generation == 2)
    }

    @Test func `a server that works is waited for, however often it is asked`() throws {
        let connection = try PostgresConnection(schemas.make(), name: "headwater tests", doubt: .milliseconds(50))
        let sleep = PostgresCall(PostgresStatement("sleep", "SELECT 1 FROM pg_sleep(2)"))
        #expect(try connection.run(sleep).count == 1)
        #expect(connection.generation == 1)
    }

    @Test func `a commit that never arrived is done again`() async throws {
        let (options, network) = try faulty()
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))

        network.failNextCommit(.cutBeforeCommit)
        try await storage.commit(Self.plan(making: 2))

        #expect(try await storage.profileCount(scope: Self.scope) == 2)
        try await storage.close()
    }

    @Test(arguments: [FaultyNetwork.Fault.cutBeforeCommit, .cutAfterCommit])
    func `a batch is known to be done or not, whatever became of the answer`(_ fault: FaultyNetwork.Fault) async throws
    {
        let (options, network) = try faulty()
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))
        let (state, batch) = try await storage.begin(Self.request(1))
        let plan = Self.change(of: try #require(state.profiles.first), to: [9])

        network.failNextCommit(fault)
        let error = await Self.failure { try await storage.commit(plan, in: batch) }

        let isDone = fault == .cutAfterCommit
        #expect(error?.code == (isDone ? nil : .expired))
        #expect(try await storage.load(Self.request(1)).profiles.first?.revision == (isDone ? 2 : 1))
        try await storage.close()
    }

    @Test func `a batch whose connection is cut has expired, and the next one goes on`() async throws {
        let (options, network) = try faulty()
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))
        let (state, batch) = try await storage.begin(Self.request(1))

        network.cut()
        let plan = Self.change(of: try #require(state.profiles.first), to: [9])
        let error = await Self.failure { try await storage.commit(plan, in: batch) }

        #expect(error?.code == .expired)
        let again = try await storage.begin(Self.request(1))
        #expect(again.state.profiles.first?.revision == 1)
        try await storage.commit(plan, in: again.batch)
        #expect(try await storage.load(Self.request(1)).profiles.first?.value == [9])
        try await storage.close()
    }

    @Test func `a database that is back without what it acknowledged is told of, and nothing more is written`()
        async throws
    {
        let (options, network) = try faulty()
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))
        try await storage.commit(Self.plan(making: 2))

        // As a standby that was behind would have it.
        let admin = try PostgresConnection(options, name: "headwater tests")
        try admin.executeSchema("UPDATE writer SET batch = batch - 1 WHERE number = 1")
        network.cut()
        let lost = await Self.failure { try await storage.commit(Self.plan(making: 3)) }
        let again = await Self.failure { try await storage.commit(Self.plan(making: 3)) }

        // What one connection has found out holds for all of them.
        let beside = await Self.failure { try await storage.checkWritable() }

        #expect(lost?.code == .writeLost)
        #expect(again?.code == .writeLost)
        #expect(beside?.code == .writeLost)
        #expect(try await storage.profileCount(scope: Self.scope) == 2)
        try await storage.close()
    }

    @Test func `whatever is read over connections that were cut is read over others`() async throws {
        let (options, network) = try faulty()
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))
        network.cut()

        #expect(try await storage.profileCount(scope: Self.scope) == 1)
        #expect(try await storage.countBooks(scope: Self.scope).isEmpty)
        try await storage.checkWritable()
        try await storage.close()
    }

    @Test func `a connection trusts no server that was silent to another one`() throws {
        let options = schemas.make()
        let other = try PostgresConnection(options, name: "headwater tests")
        let stranger = try PostgresConnection(schemas.make(), name: "headwater tests")
        let waiting = try PostgresConnection(options, name: "headwater tests", patience: .milliseconds(1))
        let sleep = PostgresCall(PostgresStatement("sleep", "SELECT pg_sleep(60)"))
        let error = #expect(throws: StorageError.self) { try waiting.run(sleep) }
        #expect(error?.code == .unavailable)

        let now = PostgresCall(PostgresStatement("now", "SELECT 1"))
        for connection in [other, stranger] {
            _ = try connection.repeating { () throws(StorageError) in try connection.run(now) }
        }
        #expect(other.generation == 2)
        #expect(stranger.generation == 1)
        _ = try other.repeating { () throws(StorageError) in try other.run(now) }
        #expect(other.generation == 2)
    }

    @Test func `what was not done is never taken for done because another process did something`() async throws {
        let (options, network) = try faulty()
        defer { network.close() }
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))
        let (state, batch) = try await storage.begin(Self.request(1))
        let plan = Self.change(of: try #require(state.profiles.first), to: [9])

        // Another process takes the place and commits; then this one's COMMIT does not arrive.
        network.cut()
        let successor = try PostgresStorage.open(options)
        for number in 2...4 { try await successor.commit(Self.plan(making: number)) }
        let lost = await Self.failure { try await storage.commit(plan, in: batch) }
        let again = await Self.failure { try await storage.commit(Self.plan(making: 9)) }

        #expect(lost != nil && again?.code == .writeLost)
        #expect(try await successor.load(Self.request(1)).profiles.first?.revision == 1)
        #expect(try await successor.profileCount(scope: Self.scope) == 4)
        // And who was replaced gets nothing to send.
        let claim = await Self.failure {
            _ = try await storage.claim(
                ClaimRequest(dataflow: Dataflow.ID(uuid: UUIDBytes(high: 0xdf, low: 1)), limit: 1, limitPerProfile: 1)
            )
        }
        #expect(claim?.code == .writeLost)
        try await storage.close()
        try await successor.close()
    }

    @Test func `a URL that cannot be read is told of without what stands in it`() async throws {
        for url in [
            "postgres://headwater:s3cret%zz@localhost/x", "postgres://headwater:s3cr/et@localhost/x",
            "postgres://h:s3cret@[::1/x", "postgres://h:s3cr@et@localhost/x",
        ] {
            let error = await Self.failure { _ = try PostgresStorage.open(PostgresOptions(url: url)) }
            #expect(error?.code == .notAStore)
            #expect(error?.message.contains("s3cr") == false)
        }
    }

    private static func failure(_ work: () async throws -> Void) async -> StorageError? {
        do {
            try await work()
            return nil
        } catch {
            return error as? StorageError
        }
    }

    // MARK: Two storages over one database

    /// A second process over the same store.
    private func second(_ options: PostgresOptions) throws -> PostgresStorage {
        var options = options
        options.node = 1
        return try PostgresStorage.open(options)
    }

    @Test func `whoever opens a store takes the place of the process before, which commits no more`() async throws {
        let options = schemas.make()
        let storage = try PostgresStorage.open(options)
        try await storage.commit(Self.plan(making: 1))

        let successor = try PostgresStorage.open(options)
        let error = await Self.failure { try await storage.commit(Self.plan(making: 2)) }

        #expect(error?.code == .writeLost)
        #expect(try await successor.profileCount(scope: Self.scope) == 1)
        try await successor.commit(Self.plan(making: 2))
        try await storage.close()
        try await successor.close()
    }

    @Test func `a batch waits for another one that holds the profile, and then sees what that made of it`() async throws
    {
        let options = schemas.make()
        let (one, two) = (try PostgresStorage.open(options), try second(options))
        try await one.commit(Self.plan(making: 1))
        let (state, batch) = try await one.begin(Self.request(1))

        async let other = two.begin(Self.request(1))
        try await one.commit(Self.change(of: try #require(state.profiles.first), to: [7]), in: batch)

        let (seen, second) = try await other
        #expect(seen.profiles.first?.revision == 2)
        #expect(seen.profiles.first?.value == [7])
        try await two.commit(Self.change(of: try #require(seen.profiles.first), to: [8]), in: second)
        #expect(try await one.load(Self.request(1)).profiles.first?.value == [8])
        try await one.close()
        try await two.close()
    }

    @Test func `an abandoned batch leaves nothing and holds nobody`() async throws {
        let options = schemas.make()
        let (one, two) = (try PostgresStorage.open(options), try second(options))
        try await one.commit(Self.plan(making: 1))
        let (state, batch) = try await one.begin(Self.request(1))

        await one.abandon(batch)

        let plan = Self.change(of: try #require(state.profiles.first), to: [7])
        let error = await Self.failure { try await one.commit(plan, in: batch) }
        #expect(error?.code == .expired)
        let (seen, second) = try await two.begin(Self.request(1))
        #expect(seen.profiles.first?.revision == 1)
        await two.abandon(second)
        try await one.close()
        try await two.close()
    }

    @Test func `an identity that two batches give away is given by one of them`() async throws {
        let options = schemas.make()
        let (one, two) = (try PostgresStorage.open(options), try second(options))
        let (_, first) = try await one.begin(Self.request(1))
        let (_, second) = try await two.begin(Self.request(1))
        var rival = Self.plan(making: 2)
        rival.identities = [CommitPlan.IdentityWrite(identity: Self.email(1), profile: Self.id(2))]

        try await one.commit(Self.plan(making: 1), in: first)
        let error = await Self.failure { try await two.commit(rival, in: second) }

        #expect(error?.code == .conflict)
        #expect(try await two.load(Self.request(1)).profiles.map(\.id) == [Self.id(1)])
        #expect(try await two.profileCount(scope: Self.scope) == 1)
        try await one.close()
        try await two.close()
    }

    @Test func `a dataflow that one process registers is known to the other`() async throws {
        let options = schemas.make()
        let (one, two) = (try PostgresStorage.open(options), try second(options))
        let dataflow = Dataflow.ID(uuid: UUIDBytes(high: 0xdf, low: 1))
        func plan(_ number: Int) -> CommitPlan {
            var plan = Self.plan(making: number)
            plan.outbox = [
                OutboxRow(
                    dataflow: dataflow,
                    profile: Self.id(number),
                    mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4)),
                    revision: 1,
                    reasons: [.identity],
                    partitionKey: "key",
                    payload: [UInt8(number)],
                    admittedAt: Timestamp(milliseconds: 1)
                )
            ]
            plan.counters = [dataflow: DataflowCounters(triggered: 1)]
            return plan
        }
        try await one.commit(plan(1))
        try await two.commit(plan(2))

        let claimed = try await two.claim(ClaimRequest(dataflow: dataflow, limit: 10, limitPerProfile: 1))
        #expect(claimed.map(\.payload) == [[1], [2]])
        // Settled twice, counted once.
        let settlements = claimed.map { OutboxSettlement(row: $0.row, outcome: .delivered) }
        try await two.settle(dataflow: dataflow, settlements)
        try await two.settle(dataflow: dataflow, settlements)
        let books = try await one.books(dataflow: dataflow)
        #expect(books.counters == DataflowCounters(triggered: 2, delivered: 2))
        #expect(books.pendingRows == 0)
        try await one.close()
        try await two.close()
    }

    @Test func `rows are seen in the order of their numbers, whoever writes beside`() async throws {
        let options = schemas.make()
        let writers = try (0..<4).map { node in
            var options = options
            options.node = Int16(node)
            options.leads = node == 0
            return try PostgresStorage.open(options)
        }
        let dataflow = Dataflow.ID(uuid: UUIDBytes(high: 0xdf, low: 1))
        let total = 4 * 40
        let seen = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for (place, writer) in writers.enumerated() {
                group.addTask {
                    for step in 0..<40 {
                        var plan = Self.plan(making: place * 1_000 + step)
                        plan.outbox = [
                            OutboxRow(
                                dataflow: dataflow,
                                profile: Self.id(place * 1_000 + step),
                                mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4)),
                                revision: 1,
                                reasons: [.identity],
                                partitionKey: "key",
                                payload: [],
                                admittedAt: Timestamp(milliseconds: 1)
                            )
                        ]
                        plan.counters = [dataflow: DataflowCounters(triggered: 1)]
                        try await writer.commit(plan)
                    }
                    return []
                }
            }
            group.addTask {
                var rows: [Int64] = []
                // Each row is looked at once: one that came behind another would be missing.
                while rows.count < total {
                    rows += try await writers[0].claim(
                        ClaimRequest(dataflow: dataflow, limit: 1_000, limitPerProfile: 1)
                    ).map(\.row)
                    try Task.checkCancellation()
                }
                return rows
            }
            var seen: [Int64] = []
            for try await rows in group where !rows.isEmpty { seen = rows }
            return seen
        }

        #expect(seen == seen.sorted())
        #expect(Set(seen).count == total)
        for writer in writers { try await writer.close() }
    }
}
#endif
