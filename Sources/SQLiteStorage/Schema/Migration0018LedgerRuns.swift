extension Migration {
    /// What was delivered and comes by the commit log, in sorted runs, and who has taken over from whom.
    static let ledgerRuns = Migration(
        number: 18,
        sql: """
            -- Entries of the ledger of one day, sorted by profile and row; those of a level are merged into one of the next.
            CREATE TABLE delivery_run (
                day INTEGER NOT NULL,
                number INTEGER NOT NULL,
                level INTEGER NOT NULL,
                -- The run into which its entries are moved.
                merged_into INTEGER,
                PRIMARY KEY (day, number)
            ) WITHOUT ROWID;

            -- A few neighbouring entries of a run, by the profile and row of the first.
            CREATE TABLE delivery_block (
                day INTEGER NOT NULL,
                run INTEGER NOT NULL,
                first BLOB NOT NULL,
                entries BLOB NOT NULL,
                PRIMARY KEY (day, run, first)
            ) WITHOUT ROWID;

            -- Whose deliveries are another's; of the last day of which it may say something.
            CREATE TABLE heir (
                number INTEGER PRIMARY KEY,
                scope INTEGER NOT NULL,
                absorbed BLOB NOT NULL,
                survivor BLOB NOT NULL,
                day INTEGER NOT NULL
            );
            CREATE UNIQUE INDEX heir_absorbed ON heir (scope, absorbed);
            CREATE INDEX heir_survivor ON heir (scope, survivor);
            """
    )
}
