import ActivationEngine

extension Migration {
    /// Marks of admission, a count of transactions, lanes of records, and when a profile is due.
    static let admission = Migration(
        number: 2,
        sql: """
            -- Transactions that changed the scope, and the latest instant and the highest number given to a message.
            ALTER TABLE scope ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE scope ADD COLUMN admitted_at INTEGER;
            ALTER TABLE scope ADD COLUMN admission INTEGER;

            -- Why a record is there at all: 0 live, 1 backfill, 2 replay.
            ALTER TABLE outbox ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE dead_letter ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;

            -- The instant at which a profile changes with no new data.
            ALTER TABLE profile ADD COLUMN due INTEGER;
            CREATE INDEX profile_due ON profile (scope, due) WHERE due IS NOT NULL;

            -- Something to write and take back, to find out whether the disk takes anything.
            CREATE TABLE probe (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
            """,
        fill: setMarks
    )

    /// Profiles between two reports.
    private static let reportInterval = 100_000
    /// A profile value of version 1 begins with this.
    private static let valueVersion = [UInt8](arrayLiteral: 1)
    /// Bits of an admission number below the revision that stood in its place.
    private static let nodeBits: Int64 = 10

    /// Sets each scope's mark to the latest change and the highest revision of its profiles, whose values say both.
    ///
    /// A value that cannot be read says nothing; whoever needs that profile will be told.
    private static func setMarks(_ connection: Connection, _ report: (String) -> Void) throws(StorageError) {
        let profiles = try connection.prepare(
            "SELECT scope, revision, substr(value, 1, 1), substr(value, 25, 8) FROM profile ORDER BY row"
        )
        let total = try connection.integer("SELECT sum(profiles) FROM scope")
        var marks: [Int64: (instant: Int64, sequence: Int64)] = [:]
        var seen = 0
        while try profiles.next() {
            seen += 1
            if seen.isMultiple(of: reportInterval) { report("\(seen) of \(total) profiles read") }
            let revision = profiles.integer(1)
            let updatedAt = profiles.bytes(3)
            guard profiles.bytes(2) == valueVersion, updatedAt.count == 8, (0..<1 << 50).contains(revision) else {
                continue
            }
            let instant = updatedAt.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
            let sequence = revision << nodeBits
            let mark = marks[profiles.integer(0)] ?? (instant, sequence)
            marks[profiles.integer(0)] = (max(mark.instant, instant), max(mark.sequence, sequence))
        }
        let setMark = try connection.prepare("UPDATE scope SET admitted_at = ?2, admission = ?3 WHERE number = ?1")
        for (scope, mark) in marks {
            setMark.bind(1, scope)
            setMark.bind(2, mark.instant)
            setMark.bind(3, mark.sequence)
            try setMark.run()
        }
    }
}
