#if PostgreSQL
/// A statement that a connection prepares when it first needs it.
struct PostgresStatement: Sendable {
    /// What tells it from all others.
    let name: String
    /// The text; parameters stand in it as `$1` and so on, each with its type.
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }
}

/// A statement with its parameters.
struct PostgresCall {
    let statement: PostgresStatement
    let values: [PostgresValue]

    init(_ statement: PostgresStatement, _ values: PostgresValue...) {
        self.init(statement, values)
    }

    init(_ statement: PostgresStatement, _ values: [PostgresValue]) {
        self.statement = statement
        self.values = values
    }
}
#endif
