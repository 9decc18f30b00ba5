extension Migration {
    /// The first schema.
    ///
    /// Big tables are keyed by one integer whose high bits are the owner's number (``RowSpace``), so that what belongs
    /// together lies together. Texts that come from outside are stored as bytes: kept and compared byte for byte.
    static let initial = Migration(
        number: 1,
        sql: """
            -- Sandboxes: how many profiles they hold and the last profile row given out, which is never given again.
            CREATE TABLE scope (
                number INTEGER PRIMARY KEY,
                profiles INTEGER NOT NULL,
                profile_row_last INTEGER NOT NULL
            );

            CREATE TABLE path (
                scope INTEGER NOT NULL,
                id INTEGER NOT NULL,
                parent INTEGER NOT NULL,
                name BLOB NOT NULL,
                PRIMARY KEY (scope, id)
            ) WITHOUT ROWID;

            CREATE TABLE dataset (
                scope INTEGER NOT NULL,
                id INTEGER NOT NULL,
                name BLOB NOT NULL,
                PRIMARY KEY (scope, id)
            ) WITHOUT ROWID;

            CREATE TABLE profile (
                row INTEGER PRIMARY KEY,
                scope INTEGER NOT NULL,
                id BLOB NOT NULL,
                revision INTEGER NOT NULL,
                value BLOB NOT NULL
            );
            CREATE UNIQUE INDEX profile_id ON profile (scope, id);

            -- Symbols of identity namespaces, numbered to keep the next table small.
            CREATE TABLE namespace (
                number INTEGER PRIMARY KEY,
                symbol BLOB NOT NULL UNIQUE
            );

            CREATE TABLE identity (
                scope INTEGER NOT NULL,
                namespace INTEGER NOT NULL,
                value BLOB NOT NULL,
                profile INTEGER NOT NULL,
                PRIMARY KEY (scope, namespace, value)
            ) WITHOUT ROWID;

            -- One tree serves all: a profile's events lie together, and an id can be there once only.
            CREATE TABLE event (
                profile INTEGER NOT NULL,
                id BLOB NOT NULL,
                timestamp INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (profile, id)
            ) WITHOUT ROWID;

            CREATE TABLE audience (
                scope INTEGER NOT NULL,
                id BLOB NOT NULL,
                members INTEGER NOT NULL,
                PRIMARY KEY (scope, id)
            ) WITHOUT ROWID;

            -- Dataflows by the number that begins their outbox rows, with their books.
            CREATE TABLE dataflow (
                number INTEGER PRIMARY KEY,
                id BLOB NOT NULL UNIQUE,
                scope INTEGER NOT NULL,
                triggered INTEGER NOT NULL,
                delivered INTEGER NOT NULL,
                superseded INTEGER NOT NULL,
                suppressed_disabled INTEGER NOT NULL,
                suppressed_deleted INTEGER NOT NULL,
                parked INTEGER NOT NULL
            );

            CREATE TABLE outbox (
                row INTEGER PRIMARY KEY,
                profile BLOB NOT NULL,
                merge_policy BLOB NOT NULL,
                revision INTEGER NOT NULL,
                reasons INTEGER NOT NULL,
                admitted_at INTEGER NOT NULL,
                partition_key BLOB NOT NULL,
                payload BLOB NOT NULL
            );
            CREATE INDEX outbox_profile ON outbox (profile);

            -- A dead letter keeps the row it had in the outbox.
            CREATE TABLE dead_letter (
                row INTEGER PRIMARY KEY,
                profile BLOB NOT NULL,
                merge_policy BLOB NOT NULL,
                revision INTEGER NOT NULL,
                reasons INTEGER NOT NULL,
                admitted_at INTEGER NOT NULL,
                partition_key BLOB NOT NULL,
                payload BLOB NOT NULL,
                code BLOB NOT NULL,
                message BLOB NOT NULL,
                parked_at INTEGER NOT NULL
            );

            CREATE TABLE control_object (
                scope INTEGER NOT NULL,
                kind BLOB NOT NULL,
                id BLOB NOT NULL,
                etag BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (scope, kind, id)
            ) WITHOUT ROWID;
            """
    )
}
