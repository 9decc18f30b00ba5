#if PostgreSQL
import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import PostgresStorage

/// All SQL stays in a subset that engines which spread rows over machines take too (docs/decisions/0070).
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct StatementSubsetTests {
    /// Everything that may be written in capitals or called.
    static let words: Set<String> = [
        "select", "from", "where", "and", "or", "not", "is", "null", "in", "exists", "any", "as", "on", "join", "left",
        "union", "all", "order", "by", "limit", "group", "asc", "desc", "nulls", "last", "with", "ordinality",
        "insert", "into", "values", "update", "set", "delete", "using", "returning", "conflict", "do", "nothing", "for",
        "of", "between", "true", "over", "partition", "begin", "commit", "rollback", "transaction", "isolation",
        "level", "share", "repeatable", "read", "only", "discard", "plans",
        // Types and functions.
        "array", "int2", "int4", "int8", "uuid", "bytea", "bool", "unnest", "count", "sum", "min", "max", "coalesce",
        "greatest", "octet_length", "row_number", "case", "when", "then", "end", "to_regclass", "current_setting",
        "convert_to", "convert_from", "current_timestamp", "text",
    ]
    /// Big tables, each with the column that says where its rows are.
    static let bigTables = [
        "profile": "shard", "identity": "shard", "event": "shard", "outbox": "lane", "dead_letter": "lane",
    ]
    /// Statements that look at a big table everywhere, and why they may.
    static let everywhere: [String: String] = [
        "read_profiles": "an id does not say where its profile is", "lock_profiles": "the same",
        "profile_row": "the same", "profile_rows": "the same", "hold_profiles": "the same",
        "insert_profiles": "looks whether an id is taken", "due_profiles": "the first of all that are due",
        "scan_profile_rows": "goes through all in the order of their rows", "scan_profiles": "the same",
        "dead_letter_causes": "counts those of a dataflow", "dead_letter_rows": "the same",
        "inspected_profiles": "an inspection reads all", "inspected_outbox": "the same",
        "inspected_dead_letters": "the same", "count_events": "the same", "count_identities": "the same",
        "lost_identities": "the same",
        "copied_first_profile": "a copy reads all", "copied_next_profile": "the same",
        "copied_first_identity": "the same", "copied_next_identity": "the same", "copied_first_event": "the same",
        "copied_next_event": "the same", "copied_first_outbox": "the same", "copied_next_outbox": "the same",
        "copied_first_dead_letter": "the same", "copied_next_dead_letter": "the same",
    ]
    /// Statements of an inspection that look at a whole table, or at what the server says of itself.
    private static let inspections: Set<String> = [
        "has_schema", "schemas", "standbys", "long_transactions", "replication_slots", "dead_rows", "server_settings",
        "stray_numbers", "own_heirs", "inspected_marks", "lost_identities", "inspected_books", "inspected_deliveries",
    ]

    /// All statements, as the sources name them.
    static func statements() throws -> [PostgresStatement] {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/PostgresStorage/Statements")
        var names = Set<String>()
        for file in try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for part in text.components(separatedBy: "PostgresStatement(").dropFirst() {
                guard let name = part.components(separatedBy: "\"").dropFirst().first else { continue }
                // Those of copies are made of the tables' names.
                if name.contains("\\(") { continue }
                names.insert(name)
            }
        }
        let known = PostgresStatements.all
        #expect(names == Set(known.map(\.name)), "each statement stands in the list of all, and has a name of its own")
        #expect(names.count == known.count)
        return known + PostgresStatements.copies
    }

    /// The words of a text, in lower case; strings and numbers are none.
    private static func tokens(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in text + " " {
            if character == "'" { isQuoted.toggle() }
            if !isQuoted, character.isLetter || character == "_" || (!word.isEmpty && character.isNumber) {
                word.append(character)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        return words
    }

    /// What a text uses or calls that is not in the subset.
    private static func foreignWords(in text: String) -> [String] {
        var foreign = tokens(text).filter { $0.allSatisfy(\.isUppercase) && !words.contains($0.lowercased()) }
        for part in text.components(separatedBy: "(").dropLast() {
            let isCall = part.last.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
            guard isCall, let called = tokens(part).last, called.contains(where: \.isLowercase) else { continue }
            // Behind INTO, AS and CONFLICT stands the name of a table, in brackets its columns; so does it behind INTO's table.
            let before = tokens(part).dropLast().last ?? ""
            if !["INTO", "AS", "CONFLICT"].contains(before), !words.contains(called) { foreign.append(called) }
        }
        return foreign
    }

    @Test func `statements use no word that some engine has not`() throws {
        for statement in try Self.statements() {
            #expect(Self.foreignWords(in: statement.text) == [], "\(statement.name)")
        }
    }

    @Test(arguments: [
        ("SELECT pg_advisory_lock(1)", "pg_advisory_lock"), ("SELECT nextval('numbers')", "nextval"),
        ("SELECT id FROM outbox FOR UPDATE SKIP LOCKED", "SKIP"), ("LISTEN changes", "LISTEN"),
        ("SELECT * FROM a JOIN LATERAL (SELECT 1) b ON true", "LATERAL"),
    ])
    func `a word that some engine has not is found`(_ text: String, _ word: String) {
        #expect(Self.foreignWords(in: text).contains(word))
    }

    @Test func `statements say where the rows of big tables are`() throws {
        for statement in try Self.statements() where Self.everywhere[statement.name] == nil {
            let tokens = Self.tokens(statement.text)
            for (table, column) in Self.bigTables {
                let isNamed = zip(tokens, tokens.dropFirst()).contains { before, word in
                    word == table && ["FROM", "JOIN", "UPDATE", "USING"].contains(before)
                }
                guard isNamed else { continue }
                #expect(tokens.contains(column), "\(statement.name) does not bind \(table)")
            }
        }
    }

    @Test func `statements are prepared by the server, and look at no big table from end to end`() throws {
        let schemas = try TemporarySchemas()
        let options = schemas.make()
        _ = try StoreOpening(options).open(writers: [1], for: UUIDBytes(high: 1, low: 1))
        let connection = try PostgresConnection(options, name: "headwater tests")
        try connection.executeSchema("SET enable_seqscan = off")
        for statement in try Self.statements()
        where !["begin", "begin_reading", "commit", "rollback", "discard_plans"].contains(statement.name) {
            let count = Self.parameterCount(of: statement.text)
            let arguments = count == 0 ? "" : "(" + Array(repeating: "NULL", count: count).joined(separator: ", ") + ")"
            let plan = try connection.explain(statement, arguments: arguments)
            for table in Self.bigTables.keys where plan.contains("Seq Scan on \(table)") {
                // What counts all rows of a lane has to look at all.
                let counts =
                    [
                        "count_outbox", "count_dead_letters", "dead_letter_causes", "inspected_outbox",
                        "inspected_dead_letters",
                    ]
                    .contains(statement.name) || Self.inspections.contains(statement.name)
                if !counts { Issue.record("\(statement.name) looks at all of \(table): \(plan)") }
            }
            // A scan that cannot be avoided costs so much that nothing beside it counts.
            if plan.contains("cost=10000000000"), statement.name != "dataflows",
                !Self.inspections.contains(statement.name)
            {
                Issue.record("\(statement.name) has no index: \(plan)")
            }
        }
    }

    private static func parameterCount(of text: String) -> Int {
        text.components(separatedBy: "$").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }.max() ?? 0
    }
}

extension PostgresConnection {
    /// The plan that is made for a statement whatever its parameters are.
    fileprivate func explain(_ statement: PostgresStatement, arguments: String) throws(StorageError) -> String {
        let prepare = PostgresStatement("prepare_\(statement.name)", "PREPARE \(statement.name) AS \(statement.text)")
        let explain = PostgresStatement("explain_\(statement.name)", "EXPLAIN EXECUTE \(statement.name)\(arguments)")
        _ = try run(PostgresCall(prepare))
        let rows = try run(PostgresCall(explain))
        var lines: [String] = []
        for index in 0..<rows.count { lines.append(try rows.text(index, 0)) }
        return lines.joined(separator: "\n")
    }
}
#endif
