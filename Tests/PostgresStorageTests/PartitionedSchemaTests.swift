#if PostgreSQL
import ActivationEngine
import Foundation
import Testing

@testable import PostgresStorage

/// Statements that say where the rows of big tables are find them there, where those tables are spread by their shards and lanes.
///
/// Partitions stand for the machines of other engines: both want the column by which a table is spread in each of its unique keys, and
/// both look everywhere when a statement does not compare that column with what it is given.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct PartitionedSchemaTests {
    /// Of each table; of seven, the row of the ones is in one of the last, so that a search that ends where it finds it is seen.
    private static let partitionCount = 7
    /// Each partition's table.
    private static let tables = Dictionary(
        uniqueKeysWithValues: StatementSubsetTests.bigTables.keys.flatMap { table in
            (0..<partitionCount).map { ("\(table)_\($0)", table) }
        }
    )
    /// Parameters that cannot be one: a profile that is inserted is not there yet.
    private static let exceptions: [String: [Int: String]] = [
        "insert_profiles": [2: "{1048577}", 3: "{ffffffff-ffff-ffff-ffff-ffffffffffff}"]
    ]

    private let schemas: TemporarySchemas
    private let connection: PostgresConnection

    init() throws {
        schemas = try TemporarySchemas()
        let options = schemas.make()
        var steps = PostgresMigration.all
        steps[0].text = try Self.partitioned(steps[0].text)
        try PostgresMigrator(options, steps: steps).run()
        connection = try PostgresConnection(options, name: "headwater tests")
        try connection.executeSchema(Self.rows)
    }

    /// A schema whose big tables are partitioned.
    private static func partitioned(_ schema: String) throws -> String {
        var schema = schema
        for (table, column) in StatementSubsetTests.bigTables {
            let start = try #require(schema.range(of: "CREATE TABLE \(table) (")?.lowerBound, "there is no \(table)")
            let end = try #require(schema.range(of: ";", range: start..<schema.endIndex)?.lowerBound)
            // How rows are stored is said of partitions alone, and is of no interest here.
            let definition = schema[start..<end].components(separatedBy: " WITH (")[0]
            let partitions = (0..<partitionCount).map {
                """
                CREATE TABLE \(table)_\($0) PARTITION OF \(table)
                    FOR VALUES WITH (MODULUS \(partitionCount), REMAINDER \($0))
                """
            }
            let texts = ["\(definition) PARTITION BY HASH (\(column))"] + partitions
            schema.replaceSubrange(start..<end, with: texts.joined(separator: ";\n"))
        }
        return schema
    }

    /// Rows, of each table one with a one in each column; so many, and counted, that going through all of them is no good plan.
    ///
    /// The dead letter of the ones is missing, since parking enters it.
    private static let rows = """
        INSERT INTO lane (lane, last, profiles) VALUES (1, 1, 1);
        INSERT INTO dataflow (number, id, scope) VALUES (1, lpad('1', 32, '0')::uuid, 1);
        INSERT INTO profile (shard, scope, row, id, revision, due, value)
            SELECT n & 255, 1, n, lpad(n::text, 32, '0')::uuid, 1, 1, '1' FROM generate_series(1, 1000) AS n;
        INSERT INTO identity (shard, scope, namespace, value, profile)
            SELECT n & 255, 1, '1', n::text::bytea, n FROM generate_series(1, 1000) AS n;
        INSERT INTO event (shard, profile, id, timestamp, dataset, body)
            SELECT n & 255, n, '1', 1, 1, '1' FROM generate_series(1, 1000) AS n;
        INSERT INTO outbox (lane, dataflow, row, profile, merge_policy, revision, reasons, admitted_at, origin, partition_key, payload)
            SELECT n & 255, 1, n, lpad(n::text, 32, '0')::uuid, lpad('1', 32, '0')::uuid, 1, 1, 1, 1, '1', '1'
            FROM generate_series(1, 1000) AS n;
        INSERT INTO dead_letter (
            lane, dataflow, row, profile, merge_policy, revision, reasons, admitted_at, origin, partition_key, payload, code, message,
            parked_at
        )
            SELECT n & 255, 1, n, lpad(n::text, 32, '0')::uuid, lpad('1', 32, '0')::uuid, 1, 1, 1, 1, '1', '1', '1', '1', 1
            FROM generate_series(2, 1000) AS n;
        ANALYZE profile, identity, event, outbox, dead_letter;
        """

    /// What a statement is given: for each parameter a one, or an array of it.
    private static func arguments(of statement: PostgresStatement, except exceptions: [Int: String]) -> String {
        var values: [Int: String] = [:]
        for part in statement.text.components(separatedBy: "$").dropFirst() {
            let digits = part.prefix { $0.isNumber }
            guard let number = Int(digits) else { continue }
            let type = part.dropFirst(digits.count).prefix { !$0.isWhitespace && !",)".contains($0) }
            let one = type.hasPrefix("::uuid") ? "00000000-0000-0000-0000-000000000001" : "1"
            values[number] = exceptions[number] ?? (type.hasSuffix("[]") ? "{\(one)}" : one)
        }
        guard !values.isEmpty else { return "" }
        return "(" + values.sorted { $0.key < $1.key }.map { "'\($0.value)'" }.joined(separator: ", ") + ")"
    }

    /// The partitions that a statement looks in, by their tables.
    ///
    /// - Parameters:
    ///   - statement: The statement; what it does is taken back.
    ///   - exceptions: Parameters that are not one.
    /// - Returns: Those that the plan has for such parameters, and of these the ones that it came to.
    /// - Throws: What the statement failed with.
    private func partitions(
        of statement: PostgresStatement,
        except exceptions: [Int: String]
    ) throws -> (planned: [String: Set<String>], read: [String: Set<String>]) {
        let execution = "EXECUTE \(statement.name)\(Self.arguments(of: statement, except: exceptions))"
        let prepare = PostgresStatement("prepare_\(statement.name)", "PREPARE \(statement.name) AS \(statement.text)")
        let plan = PostgresStatement("plan_\(statement.name)", "EXPLAIN \(execution)")
        let trial = PostgresStatement("try_\(statement.name)", "EXPLAIN (ANALYZE, TIMING OFF) \(execution)")
        _ = try connection.run(PostgresCall(prepare))
        let planned = try Self.partitions(in: connection.run(PostgresCall(plan)))
        // What only inserts has nothing to find.
        if planned.isEmpty { return ([:], [:]) }
        let answers = try connection.run([
            PostgresCall(PostgresStatements.begin), PostgresCall(trial), PostgresCall(PostgresStatements.rollback),
        ])
        return (planned, try Self.partitions(in: answers[1]))
    }

    /// The partitions that the lines of a plan name, without those that it never came to.
    private static func partitions(in plan: PostgresRows) throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for index in 0..<plan.count {
            let line = try plan.text(index, 0)
            // What may be written to is named too, whether it is or not.
            guard line.contains(" Scan "), !line.contains("(never executed)") else { continue }
            let words = line.split(separator: " ").map(String.init)
            guard let name = zip(words, words.dropFirst()).first(where: { $0.0 == "on" })?.1 else { continue }
            if let table = tables[name] { found[table, default: []].insert(name) }
        }
        return found
    }

    @Test func `a key that does not say where a row is cannot be made`() throws {
        try connection.executeSchema("CREATE UNIQUE INDEX ON profile (scope, id, shard)")
        #expect(throws: StorageError.self) {
            try connection.executeSchema("CREATE UNIQUE INDEX ON profile (scope, id)")
        }
    }

    @Test func `statements look in one partition of a big table, but for those that may look everywhere`() throws {
        for statement in PostgresStatements.all + PostgresStatements.copies
        where StatementSubsetTests.bigTables.keys.contains(where: { statement.text.contains($0) }) {
            let (planned, read) = try partitions(of: statement, except: Self.exceptions[statement.name] ?? [:])
            if StatementSubsetTests.everywhere[statement.name] == nil {
                #expect(read.mapValues(\.count) == planned.mapValues { _ in 1 }, "\(statement.name) looks in \(read)")
            } else {
                #expect(read.values.contains { $0.count > 1 }, "\(statement.name) need not look everywhere")
            }
        }
    }

    @Test(arguments: [PostgresStatements.readProfiles, PostgresStatements.lockProfiles])
    func `profiles are read where they are when only identities are asked for`(_ statement: PostgresStatement) throws {
        let (_, read) = try partitions(of: statement, except: [5: "{}"])
        #expect(read.mapValues(\.count) == ["identity": 1, "profile": 1])
    }

    @Test(arguments: [
        ("profile", "SELECT value FROM profile WHERE scope = $1::int4 AND row = $2::int8"),
        ("profile", "SELECT value FROM profile WHERE scope = $1::int4 AND row = $2::int8 LIMIT 1"),
        ("profile", "SELECT value FROM unnest($1::int8[]) AS n (row) JOIN profile p ON p.scope = 1 AND p.row = n.row"),
        ("identity", "SELECT profile FROM identity WHERE scope = $1::int4 AND namespace = $2::bytea"),
        ("outbox", "DELETE FROM outbox WHERE lane >= $1::int2 AND dataflow = $2::int4 AND row = $3::int8"),
        ("event", "UPDATE event SET body = $2::bytea WHERE shard + 0 = $1::int2"),
    ])
    func `a statement that does not say where rows are is found`(_ table: String, _ text: String) throws {
        let (_, read) = try partitions(of: PostgresStatement("planted", text), except: [:])
        #expect((read[table] ?? []).count > 1)
    }

    @Test func `a partition that a plan never comes to is not counted`() throws {
        let text = "SELECT p.id FROM unnest($1::int8[]) AS n (row) JOIN profile p ON p.row = n.row AND p.scope = 1"
        let (planned, read) = try partitions(of: PostgresStatement("planted", text), except: [1: "{}"])
        #expect(planned["profile"]?.count == Self.partitionCount)
        #expect(read == [:])
    }
}
#endif
