import ActivationEngine
import CommitLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A database and its commit log as they are at one moment, for a ``StoreSnapshot``.
struct Moment {
    /// A connection in a transaction that began at the moment.
    let connection: Connection
    let schema: Int64
    /// Whether nothing was in SQLite's log at the beginning, so that nothing is to be left of it.
    let hadNoLog: Bool
    /// Values that are not in the database; nil = there are none.
    let values: ValueFiles?
    /// What stands in the commit log and is not performed in the database.
    let waiting: Generation
    /// How many transactions that are.
    let logged: Int
    /// Transactions that the database and its log have taken; nil before schema 2, which did not count them.
    let transactions: Int64?

    /// How often both are looked at until they are of one moment.
    private static let attemptsMax = 10

    /// A moment of a data directory, in which a server may be at work.
    ///
    /// - Parameters:
    ///   - directory: The directory.
    ///   - acknowledged: Transactions that must be there; nil = nobody knows.
    /// - Returns: The moment.
    /// - Throws: `corrupt` when fewer are there, or one of the files is damaged; `io` when they cannot be read.
    static func of(directory: String, _ acknowledged: UInt64?) throws(StorageError) -> Moment {
        for _ in 1..<attemptsMax {
            do throws(StorageError) {
                return try once(directory, acknowledged)
            } catch {
                // A server that has performed what was in the log writes over it, perhaps under our eyes.
                guard error.code == .corrupt, DataDirectory.holder(of: directory) != nil else { throw error }
            }
        }
        return try once(directory, acknowledged)
    }

    private static func once(_ directory: String, _ acknowledged: UInt64?) throws(StorageError) -> Moment {
        let moment = try Moment(
            of: directory + "/" + DataDirectory.databaseName,
            log: DataDirectory.logVolume(of: directory),
            values: DataDirectory.valueVolume(of: directory)
        )
        if let acknowledged, let transactions = moment.transactions {
            try CommitWitness.check(acknowledged, UInt64(max(transactions, 0)), directory)
        }
        return moment
    }

    /// The present moment of a database.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - vfs: The name of a registered virtual file system, nil = SQLite's default.
    ///   - volume: The commit log in front of it, if there may be one.
    ///   - values: Where the values are that are not in it, if there may be any.
    /// - Throws: `corrupt` when one of them is damaged or the database is none of ours; `io` when they cannot be read.
    init(
        of path: String,
        vfs: String? = nil,
        log volume: (any LogVolume)?,
        values: (any LogVolume)?
    ) throws(StorageError) {
        hadNoLog = Self.isEmpty(path + "-wal")
        guard !Self.isEmpty(path) else {
            try DataDirectory.refuseCopiedStore(DataDirectory.parent(of: path))
            throw StorageError(.corrupt, "\(path) is missing or empty; restore it from a backup")
        }
        connection = try Connection(path: path, vfs: vfs)
        connection.waitForLocks(milliseconds: WriterDatabase.lockWait)
        try connection.execute(
            """
            PRAGMA query_only = ON;
            PRAGMA cache_size = -4096;
            PRAGMA temp_store = MEMORY;
            PRAGMA trusted_schema = OFF;
            BEGIN;
            """
        )
        // The first read is the moment from which everything else is seen.
        schema = try Migration.version(of: connection, path: path)
        // After it: what the moment needs of them is not removed while its transaction is open.
        if let values, schema >= Migration.profileValues.number {
            self.values = try ValueFiles(values, id: try connection.commitLogPlace().id)
        } else {
            self.values = nil
        }
        let performed =
            schema >= Migration.admission.number ? try connection.integer("SELECT sum(commits) FROM scope") : nil
        guard let volume, let log = try LogRecovery(volume, of: connection, schema: schema) else {
            (waiting, logged, transactions) = (Generation(), 0, performed)
            return
        }
        (waiting, logged) = (try Generation(log), Int(log.count))
        transactions = performed.map { $0 + log.count }
    }

    private static func isEmpty(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) != 0 || status.st_size == 0
    }
}
