import ActivationEngine

/// One numbered step of the schema; never edited once released, only followed by another.
struct Migration {
    /// Counted from 1 without gaps.
    var number: Int64
    /// The statements.
    var sql: String

    /// Every step so far.
    static let all = [initial]

    /// Marks the file as ours, "Hdwr" in ASCII; stored in SQLite's `application_id`.
    static let applicationID: Int64 = 0x4864_7772

    /// Brings a database to the newest schema, or refuses it.
    ///
    /// The number of the last step performed stands in SQLite's `user_version`; a step and its number are one
    /// transaction.
    ///
    /// - Throws: `corrupt` for a database that is not ours or comes from a newer version of the program.
    static func perform(on connection: Connection, path: String) throws(StorageError) {
        let applicationID = try connection.integer("PRAGMA application_id")
        let version = try connection.integer("PRAGMA user_version")
        let tables = try connection.integer("SELECT count(*) FROM sqlite_master")
        guard applicationID == Self.applicationID || (applicationID == 0 && version == 0 && tables == 0) else {
            throw StorageError(.corrupt, "\(path) is a database of another program; give another directory")
        }
        let newest = Int64(all.count)
        guard version <= newest else {
            throw StorageError(
                .corrupt,
                "\(path) has schema \(version), this program knows schemas up to \(newest); run the newer program"
            )
        }
        for migration in all where migration.number > version {
            try connection.execute(
                """
                BEGIN IMMEDIATE;
                \(migration.sql)
                PRAGMA application_id = \(Self.applicationID);
                PRAGMA user_version = \(migration.number);
                COMMIT;
                """
            )
        }
    }
}
