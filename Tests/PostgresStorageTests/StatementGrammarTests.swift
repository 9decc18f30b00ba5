#if PostgreSQL
import Foundation
import Testing

@testable import PostgresStorage

/// The subset of SQL as PostgreSQL's own grammar sees it (pglast), which knows nothing of how ``StatementSubsetTests`` reads words.
///
/// A machine without `python3`, or without pglast (Tests/requirements.txt), fails the tests.
@Suite struct StatementGrammarTests {
    /// What statements may be made of, by the names of PostgreSQL's parse tree.
    private static let nodes: Set<String> = [
        "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "TransactionStmt", "DiscardStmt", "WithClause",
        "CommonTableExpr", "ReturningClause", "OnConflictClause", "InferClause", "IndexElem", "JoinExpr", "RangeVar",
        "RangeSubselect", "RangeFunction", "Alias", "LockingClause", "SubLink", "ResTarget", "ColumnRef", "ParamRef",
        "A_Const", "A_Expr", "A_ArrayExpr", "A_Star", "A_Indices", "A_Indirection", "BoolExpr", "CaseExpr", "CaseWhen",
        "CoalesceExpr", "MinMaxExpr", "RowExpr", "NullTest", "BooleanTest", "FuncCall", "WindowDef", "SortBy",
        "SQLValueFunction", "TypeCast", "TypeName", "DefElem", "Integer", "Float", "String", "Boolean",
    ]

    /// What the grammar finds in a statement.
    private struct Found: Decodable {
        var nodes: Set<String>
        var functions: Set<String>
        var tables: Set<String>
        var columns: Set<String>

        /// What is not in the subset.
        var foreign: Set<String> {
            nodes.subtracting(StatementGrammarTests.nodes).union(functions.subtracting(StatementSubsetTests.words))
        }
    }

    private static func find(in texts: [String: String]) throws -> [String: Found] {
        let process = Process()
        let program = URL(filePath: #filePath).appending(path: "../../Python/statement_grammar.py").standardized
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", program.path]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        // The program reads everything before it writes, so neither pipe can fill while the other waits.
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(texts))
        try input.fileHandleForWriting.close()
        let found = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3 with pglast is needed")
        return try JSONDecoder().decode([String: Found].self, from: found)
    }

    @Test func `statements are made of what other engines have too, and say where the rows of big tables are`() throws {
        let statements = try StatementSubsetTests.statements()
        let found = try Self.find(in: Dictionary(uniqueKeysWithValues: statements.map { ($0.name, $0.text) }))
        #expect(found.count == statements.count)
        for (name, found) in found {
            #expect(found.foreign == [], "\(name)")
            guard StatementSubsetTests.everywhere[name] == nil else { continue }
            for (table, column) in StatementSubsetTests.bigTables where found.tables.contains(table) {
                #expect(found.columns.contains(column), "\(name) does not bind \(table)")
            }
        }
    }

    @Test func `what some engine has not is found`() throws {
        let foreign = [
            "SELECT pg_advisory_lock(1)": "pg_advisory_lock", "SELECT nextval('numbers')": "nextval",
            "SELECT id FROM outbox FOR UPDATE SKIP LOCKED": "LockingClause LockWaitSkip",
            "SELECT id FROM outbox FOR UPDATE NOWAIT": "LockingClause LockWaitError", "LISTEN changes": "ListenStmt",
            "SELECT * FROM a JOIN LATERAL (SELECT 1) b ON true": "RangeSubselect LATERAL",
            "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE": "MergeStmt", "TRUNCATE a": "TruncateStmt",
        ]
        let found = try Self.find(in: Dictionary(uniqueKeysWithValues: foreign.keys.map { ($0, $0) }))
        for (text, name) in foreign {
            #expect(found[text]?.foreign.contains(name) == true, "\(text): \(found[text]?.foreign ?? [])")
        }
    }
}
#endif
