import ActivationEngine

/// One numbered step of the schema; never edited once released, only followed by another.
struct Migration {
    /// Counted from 1 without gaps.
    var number: Int64
    /// The statements.
    var sql: String
    /// Works out what the new columns hold, in the same transaction; tells how far it is.
    var fill: @Sendable (Connection, (String) -> Void) throws(StorageError) -> Void = { _, _ throws(StorageError) in }

    /// Every step so far.
    static let all = [
        initial, admission, eventsByTime, backfills, erasure, runs, memberHours, history, changeTrail, uploads,
        deadLetters, alerts, audienceBooks, historyChain, audit, commitLog,
        profileValues, ledgerRuns,
    ]

    /// Marks the file as ours, "Hdwr" in ASCII; stored in SQLite's `application_id`.
    static let applicationID: Int64 = 0x4864_7772

    /// The number of the last step that a database has behind it, 0 when it is empty.
    ///
    /// - Throws: `corrupt` for a database that is not ours or comes from a newer version of the program.
    static func version(of connection: Connection, path: String) throws(StorageError) -> Int64 {
        let applicationID = try connection.integer("PRAGMA application_id")
        let version = try connection.integer("PRAGMA user_version")
        let tables = try connection.integer("SELECT count(*) FROM sqlite_master")
        guard applicationID == Self.applicationID || (applicationID == 0 && version == 0 && tables == 0) else {
            throw StorageError(.corrupt, "\(path) is a database of another program; give another directory")
        }
        guard version <= Int64(all.count) else {
            throw StorageError(
                .corrupt,
                "\(path) has schema \(version), this program knows schemas up to \(all.count); run the newer program"
            )
        }
        return version
    }

    /// Brings a database to the newest schema.
    ///
    /// The number of the last step performed stands in SQLite's `user_version`; a step and its number are one
    /// transaction, so a step that is interrupted begins anew.
    static func perform(
        on connection: Connection,
        from version: Int64,
        report: (String) -> Void
    ) throws(StorageError) {
        for migration in all where migration.number > version {
            if version > 0 { report("bringing the store from schema \(migration.number - 1) to \(migration.number)") }
            try connection.execute("BEGIN IMMEDIATE")
            do throws(StorageError) {
                try connection.execute(migration.sql)
                try migration.fill(connection, report)
                try connection.execute(
                    """
                    PRAGMA application_id = \(Self.applicationID);
                    PRAGMA user_version = \(migration.number);
                    COMMIT;
                    """
                )
            } catch {
                // Closing the connection takes back what is left of the transaction.
                if connection.isInTransaction { try? connection.execute("ROLLBACK") }
                throw error
            }
            if version > 0 { report("the store has schema \(migration.number)") }
        }
    }
}
