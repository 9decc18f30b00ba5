import ActivationEngine

extension Migration {
    /// Events lie in the order of time, so that a stretch of them can be read, each with its dataset.
    static let eventsByTime = Migration(
        number: 3,
        sql: """
            ALTER TABLE event RENAME TO event_by_id;

            -- A profile's events lie together, oldest first; those from before are of no known dataset.
            CREATE TABLE event (
                profile INTEGER NOT NULL,
                timestamp INTEGER NOT NULL,
                id BLOB NOT NULL,
                dataset INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (profile, timestamp, id)
            ) WITHOUT ROWID;
            """,
        fill: moveEvents
    )

    /// Profiles whose events are moved by one statement.
    private static let profilesMoved: Int64 = 10_000

    private static func moveEvents(_ connection: Connection, _ report: (String) -> Void) throws(StorageError) {
        let next = try connection.prepare("SELECT min(profile) FROM event_by_id WHERE profile > ?1")
        let move = try connection.prepare(
            """
            INSERT INTO event (profile, timestamp, id, dataset, body)
            SELECT profile, timestamp, id, 0, body FROM event_by_id
            WHERE profile BETWEEN ?1 AND ?2 ORDER BY profile, timestamp, id
            """
        )
        var moved: Int64 = 0
        var last = Int64.min
        while last < .max {
            next.bind(1, last)
            let first = try next.next() ? next.optionalInteger(0) : nil
            next.reset()
            guard let first else { break }
            last = first > .max - profilesMoved ? .max : first + profilesMoved
            move.bind(1, first)
            move.bind(2, last)
            try move.run()
            moved += Int64(connection.changes)
            report("\(moved) events put in the order of time")
        }
        try connection.execute(
            """
            DROP TABLE event_by_id;
            -- An id can be there once only.
            CREATE UNIQUE INDEX event_id ON event (profile, id);
            """
        )
    }
}
