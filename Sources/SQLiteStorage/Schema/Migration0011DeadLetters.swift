extension Migration {
    /// What became of dead letters, and how to count them by cause.
    static let deadLetters = Migration(
        number: 11,
        sql: """
            ALTER TABLE dataflow ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE dataflow ADD COLUMN discarded INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE dataflow ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE dataflow_hour ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE dataflow_hour ADD COLUMN discarded INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE dataflow_hour ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;

            -- Until now dead letters left with their profiles alone.
            UPDATE dataflow SET erased = max(0, parked - (
                SELECT count(*) FROM dead_letter WHERE (dead_letter.row >> \(RowSpace.outboxBits)) = dataflow.number
            ));
            UPDATE dataflow_hour SET erased = (SELECT erased FROM dataflow WHERE number = dataflow_hour.dataflow)
            WHERE dataflow IN (SELECT number FROM dataflow);

            -- Holds all that is counted; a dead letter itself holds its payload.
            CREATE INDEX dead_letter_cause ON dead_letter (code, parked_at);
            """
    )
}
