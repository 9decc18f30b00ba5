extension Migration {
    /// How far uploads have come, in the transaction of what their rows do.
    static let uploads = Migration(
        number: 10,
        sql: """
            CREATE TABLE upload (
                scope INTEGER NOT NULL,
                id BLOB NOT NULL,
                line INTEGER NOT NULL,
                accepted INTEGER NOT NULL,
                made INTEGER NOT NULL,
                PRIMARY KEY (scope, id)
            ) WITHOUT ROWID;
            """
    )
}
