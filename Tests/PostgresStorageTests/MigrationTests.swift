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

    private static let second = PostgresMigration(
        version: 2,
        purpose: "count what is made up",
        // A step that two of them cannot do, and that takes its time.
        text: "CREATE TABLE made_up (number int8); INSERT INTO made_up VALUES (1); SELECT pg_sleep(0.3);"
    )
    private static let steps = PostgresMigration.all + [second]

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
        #expect(try migrator.run() == 1)
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
        #expect(try PostgresMigrator(options).run() == 1)
    }

    @Test func `a second step is done once and reported`() throws {
        var options = schemas.make()
        try PostgresMigrator(options).run()
        let said = Mutex<[String]>([])
        options.reportProgress = { text in said.withLock { $0.append(text) } }

        let migrator = try PostgresMigrator(options, steps: Self.steps)
        #expect(try migrator.state() == .earlier(1))
        #expect(try migrator.run() == 1)
        #expect(try migrator.run() == 0)
        #expect(try migrator.state() == .current)
        #expect(try Self.number("SELECT sum(number) FROM made_up", options) == 1)
        #expect(said.withLock { $0 } == ["schema \(options.schema): step 2 of 2, to count what is made up"])
    }

    @Test func `both steps make a store where there is none`() throws {
        let options = schemas.make()
        #expect(try PostgresMigrator(options, steps: Self.steps).run() == 2)
        #expect(try Self.number("SELECT version FROM cluster", options) == 2)
    }

    @Test func `a step that fails leaves the version before it and nothing of its own`() throws {
        let options = schemas.make()
        try PostgresMigrator(options).run()
        let broken = PostgresMigration(
            version: 2,
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
        #expect(refused?.message.contains("schema 7") == true && refused?.message.contains("up to 1") == true)
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
        #expect(done == 2 - version)
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
}
#endif
