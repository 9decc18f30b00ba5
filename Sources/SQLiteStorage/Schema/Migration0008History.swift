extension Migration {
    /// Who changed the configuration when, and how.
    static let history = Migration(
        number: 8,
        sql: """
            -- Changes of the configuration, one row for each object; a number is never given again.
            CREATE TABLE configuration_change (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                scope INTEGER NOT NULL,
                changed_at INTEGER NOT NULL,
                author BLOB NOT NULL,
                way BLOB NOT NULL,
                request BLOB NOT NULL,
                action BLOB NOT NULL,
                kind BLOB NOT NULL,
                object BLOB NOT NULL,
                name BLOB NOT NULL,
                difference BLOB NOT NULL
            );
            -- Each ends with the sequence, by which pages go.
            CREATE INDEX configuration_change_object ON configuration_change (scope, object);
            CREATE INDEX configuration_change_kind ON configuration_change (scope, kind);
            CREATE INDEX configuration_change_author ON configuration_change (scope, author);
            CREATE INDEX configuration_change_author_kind ON configuration_change (scope, author, kind);
            """
    )
}
