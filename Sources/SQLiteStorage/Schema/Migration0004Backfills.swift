extension Migration {
    /// How far backfills have come, in the transaction of what they export.
    static let backfills = Migration(
        number: 4,
        sql: """
            CREATE TABLE backfill (
                scope INTEGER NOT NULL,
                id BLOB NOT NULL,
                profile INTEGER NOT NULL,
                records INTEGER NOT NULL,
                ordered_at INTEGER,
                PRIMARY KEY (scope, id)
            ) WITHOUT ROWID;
            """
    )
}
