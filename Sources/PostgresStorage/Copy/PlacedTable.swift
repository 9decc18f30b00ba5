#if PostgreSQL
import ActivationEngine
import StorageCommon

/// A copied table as it is in a database: with what says where a row is.
struct PlacedTable {
    /// What says where a row is.
    enum Place {
        /// Nothing.
        case none
        /// A column that is the same in all rows, as SQL says it.
        case fixed(String, String)
        /// A shard.
        case shard
    }

    let table: CopiedTable
    let place: Place

    init(_ table: CopiedTable) {
        self.table = table
        place =
            switch table.name {
            case "outbox", "dead_letter": .fixed("lane", "0::int2")
            case "book", "book_hour", "audience_book", "audience_book_hour", "tally", "tally_hour", "admission":
                // No connection that writes has this one.
                .fixed("stripe", "0::int2")
            case "history_chain": .fixed("one", "true")
            case "profile", "identity", "event": .shard
            default: .none
            }
    }

    /// Whether its rows have a shard.
    var hasShard: Bool { if case .shard = place { true } else { false } }

    /// The columns behind which a page begins.
    var key: [(name: String, type: String)] {
        let own = table.columns.prefix(table.keyCount).map { ($0.name, $0.kind.type) }
        // In the order of an index: of profiles it begins with the scope, and the row holds the shard.
        if hasShard, table.name != "profile" { return [("shard", "int2")] + own }
        return switch place {
        case .fixed("lane", _): [("lane", "int2")] + own
        // It has one row.
        case .fixed("one", _): [("one", "bool")]
        default: own
        }
    }
}

extension CopiedTable.Kind {
    /// Its type in SQL.
    var type: String {
        switch self {
        case .int2: "int2"
        case .int4: "int4"
        case .int8, .profileRow, .position: "int8"
        case .uuid: "uuid"
        case .bytes: "bytea"
        }
    }
}
#endif
