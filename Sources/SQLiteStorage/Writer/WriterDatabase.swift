import ActivationCore
import ActivationEngine
import CommitLog
import StorageCommon

/// The one connection that writes, with all that hot reads need; lives on its actor's thread.
///
/// Batches are loaded through this connection too: its cache then holds the very pages that the commit changes, while
/// every other connection's cache is emptied by every commit.
final class WriterDatabase {
    let connection: Connection
    let statements: WriterStatements
    /// Reads over this very connection.
    let reads: StoreReads
    var tallies: Tallies
    /// Values that are not in the database, and where they stand.
    let values: ValueStore
    let places: PlaceTable
    let ledgerRuns: LedgerRuns
    /// Claims of every dataflow that was ever claimed from.
    var ledgers: [Dataflow.ID: ClaimLedger] = [:]
    /// Milliseconds that another program's lock is waited for.
    static let lockWait: Int32 = 5_000
    /// Why nothing can be written any more.
    var lostWrite: StorageError? { connection.lostWrite ?? values.lostWrite }

    /// Milliseconds that a reader of old pages is waited for between two commits.
    private static let readerWait: Int32 = 200

    /// Commits that a log of less than the greatest length may hold: a copy takes not much longer than they did.
    private static let commitsCopied = 4

    private let logPagesMax: Int
    let pageBytes: Int
    /// Pages that the first steps of a scrub look at.
    let scrubPages: Int
    /// The scrub that is on its way, while the connection notes changed pages.
    var scrub = Scrub()
    /// Days that the ledger goes back; 0 = there is none.
    let ledgerDays: Int
    /// Pages that a commit adds to the log, of late at most.
    private var commitPages = 0
    /// The length of the log before which no copy is tried, since a reader was in the way.
    private var retryPages = 0
    /// Holds the lock for as long as the connection is open.
    private let directory: DataDirectory?
    /// nil = a file that nobody else knows.
    let witness: CommitWitness?
    /// What tells this store's commit log from that of another one.
    let logID: UInt64
    /// The number of the last entry of the commit log that is performed in the database.
    private(set) var applied: UInt64
    /// Transactions up to the last look at whether there is nothing to do.
    private var commitsWhenLooked: Int64 = 0
    /// Whether there may be a log of the process before this one.
    private var hasOldLog = true

    /// Opens the database, brings its schema up to date and reads what is kept in memory.
    convenience init(_ directory: DataDirectory, _ options: SQLiteStorageOptions) throws(StorageError) {
        let volume = options.logVolume ?? directory.logVolume
        let (connection, version) = try Self.open(directory.databasePath, options)
        try directory.checkEnd(pageBytes: Int(try connection.integer("PRAGMA page_size")))
        // Before anything is written: what the logs still hold may be all that is left of a loss.
        var commits: Int64 = 0
        if version >= Migration.admission.number { commits = try connection.integer("SELECT sum(commits) FROM scope") }
        let log = try LogRecovery(volume, of: connection, schema: version)
        let witness = try CommitWitness(directory: directory.path, commits: commits + (log?.count ?? 0))
        try Migration.perform(on: connection, from: version, report: options.reportProgress)
        try self.init(connection, options, directory, witness, options.valueVolume ?? directory.valueVolume)
        if let log { try apply(try Generation(log)) }
        if options.commitLog == nil { try CommitLog.removeAll(in: volume) }
    }

    /// Opens a copy of a database that nobody else knows, of this program's schema.
    ///
    /// - Parameters:
    ///   - path: The copy.
    ///   - values: Where the values are that are not in it; nothing is written or removed there.
    /// - Throws: `corrupt` or `io` when one of them cannot be read.
    convenience init(copy path: String, values: any LogVolume) throws(StorageError) {
        let options = SQLiteStorageOptions()
        try self.init(try Self.open(path, options).connection, options, nil, nil, values)
    }

    private static func open(
        _ path: String,
        _ options: SQLiteStorageOptions
    ) throws(StorageError) -> (connection: Connection, version: Int64) {
        let connection = try Connection(path: path, vfs: options.vfs)
        try configure(connection, options)
        return (connection, try Migration.version(of: connection, path: path))
    }

    private init(
        _ connection: Connection,
        _ options: SQLiteStorageOptions,
        _ directory: DataDirectory?,
        _ witness: CommitWitness?,
        _ valueVolume: any LogVolume
    ) throws(StorageError) {
        (self.connection, self.directory, self.witness) = (connection, directory, witness)
        ledgerDays = options.ledgerDays
        pageBytes = Int(try connection.integer("PRAGMA page_size"))
        (logID, applied) = try connection.commitLogPlace()
        statements = try WriterStatements(connection)
        places = try PlaceTable(connection)
        ledgerRuns = try LedgerRuns(connection)
        values = try ValueStore(
            try ValueFiles(valueVolume, id: logID),
            try connection.valueFileAccounts(),
            named: { [places] () throws(StorageError) in try places.files() },
            isWriting: options.commitLog != nil,
            isForeign: directory == nil,
            fileBytes: options.valueFileBytes
        )
        reads = StoreReads(connection, statements, values.files, places)
        tallies = try Tallies(from: connection)
        logPagesMax = max(options.logBytesMax / max(pageBytes, 1), 1)
        scrubPages = max(options.scrubBytes / max(pageBytes, 1), 1)
    }

    /// Notes, once it is durable, that entries of the commit log are performed.
    func noteApplied(_ number: UInt64) {
        applied = number
        witness?.note(tallies.commits)
    }

    private static func configure(_ connection: Connection, _ options: SQLiteStorageOptions) throws(StorageError) {
        connection.waitForLocks(milliseconds: lockWait)
        try connection.execute("PRAGMA page_size = \(options.pageBytes)")
        let mode = try connection.text("PRAGMA journal_mode = WAL")
        try connection.execute(
            """
            PRAGMA synchronous = FULL;
            PRAGMA fullfsync = ON;
            PRAGMA journal_size_limit = \(options.logBytesMax);
            PRAGMA cache_size = -\(options.writerCacheBytes / 1024);
            PRAGMA temp_store = MEMORY;
            PRAGMA secure_delete = ON;
            PRAGMA trusted_schema = OFF;
            """
        )
        if let pageCountMax = options.pageCountMax {
            try connection.execute("PRAGMA max_page_count = \(pageCountMax)")
        }
        // I1 rests on these two; a build of SQLite that ignores them must not be trusted with anybody's data.
        let synchronous = try connection.integer("PRAGMA synchronous")
        guard mode == "wal", synchronous == 2 else {
            throw StorageError(
                .io,
                "SQLite answered journal mode \(mode) and synchronous \(synchronous) where wal and 2 were set; "
                    + "use a local file system and an unmodified SQLite"
            )
        }
    }

    // MARK: Transactions

    /// Runs a change of a scope in one durable transaction; an error leaves the database and the tallies as they were.
    ///
    /// - Parameters:
    ///   - scope: Whose transaction it is.
    ///   - admission: How far admission comes with it; nil = as far as before.
    ///   - instant: When it happens, for the hours of the books; nil = in the last of them.
    ///   - change: Works on a copy of the tallies.
    /// - Returns: What the change returned.
    /// - Throws: What the change throws, and what keeps the transaction from being durable.
    func write<Value>(
        in scope: Scope,
        admission: AdmissionMark? = nil,
        at instant: Timestamp? = nil,
        _ change: (inout Tallies) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try RowSpace.check(scope)
        var draft = tallies
        let value = try transaction { () throws(StorageError) in
            let value = try change(&draft)
            draft.countCommit(of: scope, admission)
            try saveChanged(&draft, since: tallies, at: instant)
            // A number that no entry of a log gets: a log of before does not go on where this is missing.
            try statements.passApplied.run()
            return value
        }
        applied += 1
        tallies = draft
        witness?.note(draft.commits)
        return value
    }

    /// See ``Storage/checkWritable()``.
    func checkWritable() throws(StorageError) {
        try transaction { () throws(StorageError) in
            statements.writeProbe.bind(1, Self.probeBytes)
            try statements.writeProbe.run()
        }
        try transaction { () throws(StorageError) in try statements.deleteProbe.run() }
    }

    /// Bytes written to find out whether the disk takes any: about as many as a small batch.
    private static let probeBytes: Int64 = 64 << 10

    func transaction<Value>(_ work: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        if let lostWrite { throw lostWrite }
        try checkpointIfDue()
        try statements.beginImmediate.run()
        do throws(StorageError) {
            let value = try work()
            try prepareValues()
            let pages = connection.logPages
            try statements.commit.run()
            values.commit()
            let added = connection.logPages - pages
            // A log that began anew is shorter than before.
            commitPages = max(added < 0 ? connection.logPages : added, commitPages - commitPages / 8)
            return value
        } catch {
            try rollback()
            throw error
        }
    }

    private func rollback() throws(StorageError) {
        values.rollback()
        places.rollback()
        // After some errors SQLite has rolled back by itself.
        if connection.isInTransaction { try statements.rollback.run() }
    }

    /// Writes what a change did to the books.
    ///
    /// - Parameters:
    ///   - draft: The books; nothing in them counts as changed afterwards.
    ///   - before: The books before the change.
    ///   - instant: When it happened; nil = in the last hour of the books.
    /// - Throws: When it cannot be written.
    func saveChanged(
        _ draft: inout Tallies,
        since before: Tallies,
        at instant: Timestamp?
    ) throws(StorageError) {
        for (scope, tally) in draft.scopes where tally.isChanged {
            statements.writeScope.bind(1, scope.rawValue)
            statements.writeScope.bind(2, tally.profiles)
            statements.writeScope.bind(3, tally.profileRowLast)
            statements.writeScope.bind(4, tally.commits)
            statements.writeScope.bind(5, tally.admission?.instant.milliseconds)
            statements.writeScope.bind(6, tally.admission?.sequence.rawValue)
            try statements.writeScope.run()
            draft.scopes[scope]?.isChanged = false
        }
        for (dataflow, tally) in draft.dataflows where tally.isChanged {
            let statement = statements.writeDataflow
            statement.bind(1, tally.number)
            statement.bind(2, dataflow.uuid)
            statement.bind(3, tally.scope.rawValue)
            statement.bind(4, tally.counters)
            try statement.run()
            let counters = before.dataflows[dataflow]?.counters ?? DataflowCounters()
            var tally = tally
            tally.isChanged = false
            if let instant, tally.counters != counters { try openHour(of: &tally, at: instant, before: counters) }
            draft.dataflows[dataflow] = tally
            try enterAudiences(of: dataflow, tally, &draft)
        }
    }

    // MARK: The write-ahead log

    /// Copies a long log into the database, before a transaction rather than after it: nobody waits for an answer then.
    ///
    /// It is the longer the larger commits are: a copy keeps everybody waiting, and who makes small commits waits little
    /// for them. A reader of an old state keeps the log from starting over. It is waited for shortly, then again only
    /// after the log has grown by as much as it may have: a copy of the whole database must not stop everybody else.
    /// A short log is copied too when value files wait for it in which there is nothing any more, of as many bytes as it
    /// may have.
    private func checkpointIfDue() throws(StorageError) {
        let pages = connection.logPages
        let wanted = min(max(commitPages * Self.commitsCopied, logPagesMax / 4), logPagesMax)
        guard pages >= retryPages, pages >= wanted || values.hasMuchEmpty(bytes: logPagesMax * pageBytes)
        else { return }
        connection.waitForLocks(milliseconds: Self.readerWait)
        defer { connection.waitForLocks(milliseconds: Self.lockWait) }
        let isDone = try connection.checkpoint(.restart)
        if isDone { values.removeEmpty() }
        retryPages = isDone ? 0 : pages + logPagesMax
    }

    /// What is done now and then: old entries of the ledger and old hours go, and the log is copied when there is nothing
    /// else to do.
    func workWhenIdle() throws(StorageError) {
        try checkpointIfIdle()
        if lostWrite == nil { try forgetOldDeliveries() }
        if lostWrite == nil { try forgetOldMemberHours() }
    }

    /// Copies the log into the database when nothing was written since the last call, so that little is lost with it.
    func checkpointIfIdle() throws(StorageError) {
        defer { commitsWhenLooked = tallies.commits }
        guard tallies.commits == commitsWhenLooked, connection.logPages > 0 || hasOldLog, lostWrite == nil
        else { return }
        if try connection.checkpoint(.passive) { hasOldLog = false }
    }

    /// Leaves everything in the database file and no log.
    func finish() throws(StorageError) {
        guard lostWrite == nil, try connection.checkpoint(.truncate) else { return }
        values.removeEmpty()
        connection.removesLogOnClose()
    }
}
