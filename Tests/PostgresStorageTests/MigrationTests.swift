#if PostgreSQL
import ActivationCore
import ActivationEngine
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import PostgresStorage

/// How the tables come to the version of a program, and by whose doing.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct MigrationTests {
    private let schemas: TemporarySchemas

    init() throws {
        schemas = try TemporarySchemas()
    }

    private static let newest = PostgresMigrator.programVersion
    private static let next = PostgresMigration(
        version: newest + 1,
        purpose: "count what is made up",
        // A step that two of them cannot do, and that takes its time.
        text: "CREATE TABLE made_up (number int8); INSERT INTO made_up VALUES (1); SELECT pg_sleep(0.3);"
    )
    private static let steps = PostgresMigration.all + [next]

    private static func number(_ text: String, _ options: PostgresOptions) throws -> Int64 {
        let connection = try PostgresConnection(options, name: "headwater tests")
        return try connection.run(PostgresCall(PostgresStatement("asked", "SELECT (\(text))::int8"))).int8(0, 0)
    }

    private static func change(_ text: String, _ options: PostgresOptions) throws {
        try PostgresConnection(options, name: "headwater tests").executeSchema(text)
    }

    @Test func `tables are made once and are those that a server uses`() async throws {
        let options = schemas.make()
        let migrator = try PostgresMigrator(options)
        #expect(try migrator.state() == .missing)
        #expect(try migrator.run() == PostgresMigration.all.count)
        #expect(try migrator.state() == .current)
        #expect(try migrator.run() == 0)

        var strict = options
        strict.makesStore = false
        let storage = try PostgresStorage.open(strict)
        try await storage.checkWritable()
        try await storage.close()
    }

    @Test func `a schema that somebody else made for it is filled`() throws {
        let options = schemas.make()
        try Self.change("CREATE SCHEMA \"\(options.schema)\"", options)
        #expect(try PostgresMigrator(options).run() == PostgresMigration.all.count)
    }

    @Test func `a further step is done once and reported`() throws {
        var options = schemas.make()
        try PostgresMigrator(options).run()
        let said = Mutex<[String]>([])
        options.reportProgress = { text in said.withLock { $0.append(text) } }

        let migrator = try PostgresMigrator(options, steps: Self.steps)
        #expect(try migrator.state() == .earlier(Self.newest))
        #expect(try migrator.run() == 1)
        #expect(try migrator.run() == 0)
        #expect(try migrator.state() == .current)
        #expect(try Self.number("SELECT sum(number) FROM made_up", options) == 1)
        let next = Self.next.version
        let told = "schema \(options.schema): step \(next) of \(next), to count what is made up"
        #expect(said.withLock { $0 } == [told])
    }

    @Test func `all steps make a store where there is none`() throws {
        let options = schemas.make()
        #expect(try PostgresMigrator(options, steps: Self.steps).run() == Self.steps.count)
        #expect(try Self.number("SELECT version FROM cluster", options) == Int64(Self.next.version))
    }

    @Test func `a step that fails leaves the version before it and nothing of its own`() throws {
        let options = schemas.make()
        try PostgresMigrator(options).run()
        let broken = PostgresMigration(
            version: Self.next.version,
            purpose: "fail",
            text: "CREATE TABLE half (number int8); INSERT INTO half SELECT 1 / 0;"
        )
        #expect(throws: StorageError.self) {
            try PostgresMigrator(options, steps: PostgresMigration.all + [broken]).run()
        }
        #expect(try PostgresMigrator(options).state() == .current)
        #expect(try Self.number("SELECT count(to_regclass('half'))", options) == 0)
        // What is put right goes on from there.
        #expect(try PostgresMigrator(options, steps: Self.steps).run() == 1)
    }

    @Test func `tables of a later version are refused, and both versions named`() throws {
        let options = schemas.make()
        try PostgresMigrator(options).run()
        try Self.change("UPDATE cluster SET version = 7", options)

        let migrator = try PostgresMigrator(options)
        #expect(try migrator.state() == .later(7))
        let refused = #expect(throws: StorageError.self) { try migrator.run() }
        let message = try #require(refused?.message)
        #expect(message.contains("schema 7") && message.contains("up to \(Self.newest)"))
        let alsoRefused = #expect(throws: StorageError.self) { _ = try PostgresStorage.open(options) }
        #expect(alsoRefused?.code == .corrupt)
    }

    @Test func `a version that never was is refused`() throws {
        let options = schemas.make()
        try PostgresMigrator(options).run()
        try Self.change("UPDATE cluster SET version = -1", options)
        #expect(throws: StorageError.self) { try PostgresMigrator(options).state() }
        try Self.change("DELETE FROM cluster", options)
        #expect(throws: StorageError.self) { try PostgresMigrator(options).state() }
    }

    @Test(arguments: [0, 1]) func `several at once do each step once`(_ version: Int) async throws {
        let options = schemas.make()
        if version > 0 { try PostgresMigrator(options).run() }
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { try PostgresMigrator(options, steps: Self.steps).run() }
            }
            return try await group.reduce(0, +)
        }
        #expect(done == (version > 0 ? 1 : Self.steps.count))
        #expect(try Self.number("SELECT sum(number) FROM made_up", options) == 1)
        #expect(try Self.number("SELECT count(*) FROM cluster", options) == 1)
    }

    @Test func `a step waits for who holds the tables, and gives up without having done anything`() throws {
        let options = schemas.make()
        try PostgresMigrator(options).run()
        let holder = try PostgresConnection(options, name: "headwater tests")
        try holder.executeSchema("SET idle_in_transaction_session_timeout = 0")
        _ = try holder.run([
            PostgresCall(PostgresStatements.begin),
            PostgresCall(PostgresStatement("hold", "SELECT version FROM cluster WHERE one FOR UPDATE")),
        ])

        let refused = #expect(throws: StorageError.self) { try PostgresMigrator(options, steps: Self.steps).run() }
        #expect(refused?.code == .locked)
        #expect(try PostgresMigrator(options).state() == .current)

        holder.rollBack()
        #expect(try PostgresMigrator(options, steps: Self.steps).run() == 1)
    }

    // MARK: Steps beside an earlier program

    private static let first = Array(PostgresMigration.all.prefix(1))
    private static let addition = PostgresMigration(
        version: 2,
        purpose: "add what is made up",
        text: PostgresSchema.nodePrograms
            + "CREATE TABLE addition (number int8); INSERT INTO addition VALUES (1); SELECT pg_sleep(0.3);",
        isBeside: true
    )
    private static let disturbance = PostgresMigration(version: 3, purpose: "disturb", text: "DROP TABLE addition;")

    @Test func `what is only added leaves the earlier program alone until the upgrade is finished`() throws {
        let options = schemas.make()
        try PostgresMigrator(options, steps: Self.first).run()
        let (earlier, later) = (
            try PostgresMigrator(options, steps: Self.first),
            try PostgresMigrator(options, steps: Self.first + [Self.addition])
        )
        #expect(try later.state() == .earlier(1))
        let early = #expect(throws: StorageError.self) { try later.finish(nodesOf: options) }
        #expect(early?.code == .conflict)
        #expect(try later.run(onlyBeside: true) == 1)
        #expect(try later.run() == 0)
        #expect(try later.state() == .unfinished(1))
        #expect(try earlier.state() == .current)
        #expect(try earlier.run() == 0)

        try later.finish(nodesOf: options)
        try later.finish(nodesOf: options)
        #expect(try later.state() == .current)
        #expect(try earlier.state() == .later(2))
        #expect(throws: StorageError.self) { try earlier.finish(nodesOf: options) }
    }

    @Test func `what disturbs waits for whoever may, and finishes what was added before`() throws {
        let options = schemas.make()
        try PostgresMigrator(options, steps: Self.first).run()
        let migrator = try PostgresMigrator(options, steps: Self.first + [Self.addition, Self.disturbance])
        #expect(try migrator.run(onlyBeside: true) == 1)
        #expect(try migrator.state() == .earlier(1))
        #expect(try migrator.run(onlyBeside: true) == 0)
        #expect(try PostgresMigrator(options, steps: Self.first).state() == .current)
        #expect(try migrator.run() == 1)
        #expect(try migrator.state() == .current)
        #expect(try PostgresMigrator(options, steps: Self.first + [Self.addition]).state() == .later(3))
    }

    @Test func `several at once add each step once`() async throws {
        let options = schemas.make()
        try PostgresMigrator(options, steps: Self.first).run()
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try PostgresMigrator(options, steps: Self.first + [Self.addition]).run(onlyBeside: true)
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(done == 1)
        #expect(try Self.number("SELECT sum(number) FROM addition", options) == 1)
    }

    @Test func `whoever runs an earlier program stores nothing once the upgrade is finished`() async throws {
        let options = schemas.make()
        try PostgresMigrator(options, steps: Self.first).run()
        var storages: [PostgresStorage] = []
        for (node, writers) in [(1, 4), (2, 4), (3, 1)] {
            var options = options
            (options.node, options.leads, options.writers) = (Int16(node), node == 1, writers)
            storages.append(try PostgresStorage.open(options))
        }
        #expect(try PostgresMigrator(options).state() == .unfinished(1))
        // The first node runs the newer program; the second ran it before, and the third says nothing. There is one that no node can be.
        try Self.change(
            """
            INSERT INTO node (number, name, holder, beat, leaving) VALUES
                (1, 'a', '00000000-0000-0000-0000-000000000001', 1, false), (2, 'b', gen_random_uuid(), 1, false),
                (3, 'c', gen_random_uuid(), 1, false), (9000, 'd', '00000000-0000-0000-0000-000000000009', 1, false);
            INSERT INTO node_program (number, holder, program, version) VALUES
                (1, '00000000-0000-0000-0000-000000000001', 'new', 99), (2, gen_random_uuid(), 'new', 99),
                (9000, '00000000-0000-0000-0000-000000000009', 'new', 99);
            """,
            options
        )
        for storage in storages { try await storage.checkWritable() }
        try PostgresMigrator(options).finish(nodesOf: options)
        try await storages[0].checkWritable()
        for storage in storages.dropFirst() {
            await #expect(throws: StorageError.self) { try await storage.checkWritable() }
        }
        // All that the first one has is its own still: also what it claims by.
        let kept = "SELECT count(*) FROM writer WHERE holder = (SELECT holder FROM writer WHERE number = 4)"
        #expect(try Self.number(kept, options) == 6)
        for storage in storages { try await storage.close() }
    }

    @Test func `nodes say what they run, and whoever does not runs an earlier program`() async throws {
        let options = schemas.make()
        let node = try PostgresMembership.join(options, as: "new", running: "9.8.7")
        _ = try await node.take([LaneOwnership.Taking(seen: LaneLease(lane: 0, epoch: 0))])
        try Self.change(
            """
            INSERT INTO node (number, name, holder, beat, leaving) VALUES
                (7, 'old', gen_random_uuid(), 1, false), (8, 'leaving', gen_random_uuid(), 1, true), (9, 'gone', gen_random_uuid(), 1, false);
            INSERT INTO node_program (number, holder, program, version) VALUES (7, gen_random_uuid(), 'earlier process', 99);
            """,
            options
        )
        let beating = Task {
            while !Task.isCancelled {
                _ = try await node.beat(isLeaving: false)
                try Self.change("UPDATE node SET beat = beat + 1 WHERE number IN (7, 8)", options)
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        let programs = try await NodePrograms.look(at: options)
        beating.cancel()
        #expect(programs.nodes.map(\.number) == [1, 7, 8, 9])
        #expect(programs.nodes.map(\.isAtWork) == [true, true, false, false])
        #expect(programs.nodes.map(\.leads) == [true, false, false, false])
        #expect(programs.nodes.map(\.program) == ["9.8.7", nil, nil, nil])
        #expect(programs.inTheWay.map(\.name) == ["old"])
        _ = try? await beating.value
        try await node.giveBack([LaneLease(lane: 0, epoch: 1)])
        try await node.leave()
        #expect(try Self.number("SELECT count(*) FROM node_program WHERE number = 1", options) == 0)
        try await node.close()
    }
}
#endif
