extension Migration {
    /// What was sent of whom, who was deleted, and what a deletion has to find.
    static let erasure = Migration(
        number: 5,
        sql: """
            CREATE INDEX dead_letter_profile ON dead_letter (profile);

            -- Deletions after which the file has not been scrubbed; a number is never given again.
            CREATE TABLE scrub (number INTEGER PRIMARY KEY AUTOINCREMENT);

            -- Deleted profiles, and the scrub that each asked for.
            CREATE TABLE erasure (
                number INTEGER PRIMARY KEY,
                scope INTEGER NOT NULL,
                profile BLOB NOT NULL,
                revision INTEGER NOT NULL,
                deleted_at INTEGER NOT NULL,
                scrub INTEGER NOT NULL
            );
            CREATE UNIQUE INDEX erasure_profile ON erasure (scope, profile);

            -- Identities of deleted profiles that may not come again: a keyed hash of each, never a value.
            CREATE TABLE suppression (
                scope INTEGER NOT NULL,
                digest BLOB NOT NULL,
                namespace INTEGER NOT NULL,
                profile BLOB NOT NULL,
                suppressed_at INTEGER NOT NULL,
                PRIMARY KEY (scope, digest)
            ) WITHOUT ROWID;

            -- Delivered records, by the day: new ones lie together, and old ones go day by day.
            CREATE TABLE delivery (
                day INTEGER NOT NULL,
                profile BLOB NOT NULL,
                row INTEGER NOT NULL,
                revision INTEGER NOT NULL,
                delivered_at INTEGER NOT NULL,
                receipt BLOB NOT NULL,
                PRIMARY KEY (day, profile, row)
            ) WITHOUT ROWID;
            """
    )
}
