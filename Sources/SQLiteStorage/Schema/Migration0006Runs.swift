extension Migration {
    /// What the books said when hours began.
    static let runs = Migration(
        number: 6,
        sql: """
            -- The books of a dataflow before anything was entered in an hour, counted from 1970; hours without entries
            -- have none.
            CREATE TABLE dataflow_hour (
                dataflow INTEGER NOT NULL,
                hour INTEGER NOT NULL,
                triggered INTEGER NOT NULL,
                delivered INTEGER NOT NULL,
                superseded INTEGER NOT NULL,
                suppressed_disabled INTEGER NOT NULL,
                suppressed_deleted INTEGER NOT NULL,
                parked INTEGER NOT NULL,
                PRIMARY KEY (dataflow, hour)
            ) WITHOUT ROWID;
            """
    )
}
