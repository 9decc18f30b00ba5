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

            -- Records that were not made because the dataflow was disabled, one per profile and merge policy.
            CREATE TABLE resume_mark (
                dataflow INTEGER NOT NULL,
                profile BLOB NOT NULL,
                merge_policy BLOB NOT NULL,
                reasons INTEGER NOT NULL,
                PRIMARY KEY (dataflow, profile, merge_policy)
            ) WITHOUT ROWID;
            -- To follow merges and deletions.
            CREATE INDEX resume_mark_profile ON resume_mark (profile);
            """
    )
}
