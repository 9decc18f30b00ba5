#if PostgreSQL
import StorageCommon

/// The statements with which a store is filled from one of another kind, for each table the same.
extension PlacedTable {
    private var names: [String] { table.columns.map(\.name) }

    /// Writes rows, each column an array; the first are their shards where they have any.
    var insertion: PostgresStatement {
        var (columns, selected) = (names, names.map { "n.\($0)" })
        var arrays = table.columns.map(\.kind.type)
        var given = names
        switch place {
        case .none: break
        case .fixed(let name, let value):
            columns.insert(name, at: 0)
            selected.insert(value, at: 0)
        case .shard:
            columns.insert("shard", at: 0)
            selected.insert("n.shard", at: 0)
            arrays.insert("int2", at: 0)
            given.insert("shard", at: 0)
        }
        let parameters = zip(1..., arrays).map { "$\($0)::\($1)[]" }
        return PostgresStatement(
            "copied_into_\(table.name)",
            """
            INSERT INTO \(table.name) (\(columns.joined(separator: ", "))) SELECT \(selected.joined(separator: ", "))
            FROM unnest(\(parameters.joined(separator: ", "))) AS n (\(given.joined(separator: ", ")))
            """
        )
    }

    /// Reads rows in the order of the key: the table's columns, then those of the key.
    ///
    /// - Parameter isFirst: Whether they are the first, else those behind a key.
    /// - Returns: The statement, whose last parameter is how many.
    func page(isFirst: Bool) -> PostgresStatement {
        let keyNames = key.map(\.name).joined(separator: ", ")
        let last = zip(1..., key).map { "$\($0)::\($1.type)" }.joined(separator: ", ")
        let condition = isFirst ? "" : "WHERE (\(keyNames)) > (\(last)) "
        return PostgresStatement(
            isFirst ? "copied_first_\(table.name)" : "copied_next_\(table.name)",
            """
            SELECT \(names.joined(separator: ", ")), \(keyNames) FROM \(table.name)
            \(condition)ORDER BY \(keyNames) LIMIT $\(isFirst ? 1 : key.count + 1)::int8
            """
        )
    }
}

extension PostgresStatements {
    /// All of them.
    static var copies: [PostgresStatement] {
        CopiedTable.all.map { PlacedTable($0) }
            .flatMap { [$0.insertion, $0.page(isFirst: true), $0.page(isFirst: false)] }
    }
}
#endif
