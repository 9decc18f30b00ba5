extension Migration {
    /// What is the matter, what was told, and what is still to be told.
    static let alerts = Migration(
        number: 12,
        sql: """
            CREATE TABLE alert_standing (
                scope INTEGER NOT NULL,
                id BLOB NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (scope, id)
            ) WITHOUT ROWID;

            -- A number is never given again, in either table.
            CREATE TABLE alert_entry (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                scope INTEGER NOT NULL,
                at INTEGER NOT NULL,
                subject BLOB NOT NULL,
                body BLOB NOT NULL
            );
            CREATE INDEX alert_entry_subject ON alert_entry (scope, subject);

            CREATE TABLE alert_delivery (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                scope INTEGER NOT NULL,
                at INTEGER NOT NULL,
                channel BLOB NOT NULL,
                due INTEGER,
                body BLOB NOT NULL
            );
            CREATE INDEX alert_delivery_channel ON alert_delivery (scope, channel);
            -- Ends with the sequence, the order in which things are told.
            CREATE INDEX alert_delivery_due ON alert_delivery (scope, due) WHERE due IS NOT NULL;
            """
    )
}
