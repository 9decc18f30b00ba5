extension Migration {
    /// Who entered audiences and who exited, and what that was when hours began.
    static let memberHours = Migration(
        number: 7,
        sql: """
            -- Whoever is a member already has entered.
            ALTER TABLE audience RENAME COLUMN members TO entered;
            ALTER TABLE audience ADD COLUMN exited INTEGER NOT NULL DEFAULT 0;

            -- The counters of an audience before anything was counted in an hour, counted from 1970; by the hour: those
            -- that begin together lie together, and old ones go hour by hour.
            CREATE TABLE audience_hour (
                scope INTEGER NOT NULL,
                hour INTEGER NOT NULL,
                audience BLOB NOT NULL,
                entered INTEGER NOT NULL,
                exited INTEGER NOT NULL,
                PRIMARY KEY (scope, hour, audience)
            ) WITHOUT ROWID;
            """
    )
}
