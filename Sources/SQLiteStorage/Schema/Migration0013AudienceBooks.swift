extension Migration {
    /// Of which audiences records tell, and the books of those.
    static let audienceBooks = Migration(
        number: 13,
        sql: """
            -- The ids of the audiences of which a record tells, one after the other; nothing when there are none, and in
            -- rows of before.
            ALTER TABLE outbox ADD COLUMN audiences BLOB;
            ALTER TABLE dead_letter ADD COLUMN audiences BLOB;

            -- The books of a dataflow by audience; of all records that tell of any under the empty id.
            CREATE TABLE dataflow_audience (
                dataflow INTEGER NOT NULL,
                audience BLOB NOT NULL,
                triggered INTEGER NOT NULL,
                delivered INTEGER NOT NULL,
                superseded INTEGER NOT NULL,
                suppressed_disabled INTEGER NOT NULL,
                suppressed_deleted INTEGER NOT NULL,
                parked INTEGER NOT NULL,
                replayed INTEGER NOT NULL,
                discarded INTEGER NOT NULL,
                erased INTEGER NOT NULL,
                PRIMARY KEY (dataflow, audience)
            ) WITHOUT ROWID;

            -- The same before anything was entered in an hour; under the empty id for every hour of the dataflow's books
            -- that began after this step.
            CREATE TABLE dataflow_audience_hour (
                dataflow INTEGER NOT NULL,
                hour INTEGER NOT NULL,
                audience BLOB NOT NULL,
                triggered INTEGER NOT NULL,
                delivered INTEGER NOT NULL,
                superseded INTEGER NOT NULL,
                suppressed_disabled INTEGER NOT NULL,
                suppressed_deleted INTEGER NOT NULL,
                parked INTEGER NOT NULL,
                replayed INTEGER NOT NULL,
                discarded INTEGER NOT NULL,
                erased INTEGER NOT NULL,
                PRIMARY KEY (dataflow, hour, audience)
            ) WITHOUT ROWID;
            """
    )
}
