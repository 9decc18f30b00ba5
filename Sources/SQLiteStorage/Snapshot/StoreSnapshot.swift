import ActivationCore
public import ActivationEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The database of a data directory as it is at one moment, read beside the server that may be at work there.
///
/// Nothing is written into the directory but the index of SQLite's log, and no lock of the server is taken. While one is
/// kept, the log cannot begin anew, so it grows by what is written meanwhile. Used by one thread at a time.
public final class StoreSnapshot {
    /// The schema of the database.
    public let schema: Int64
    /// Transactions that the database has taken; nil before schema 2, which did not count them.
    public let transactions: Int64?
    /// Bytes of the database.
    public let bytes: Int64

    /// Transactions among them that stand in the commit log and are not performed in the database yet.
    public let logged: Int

    let connection: Connection
    /// Values that are not in the database; nil = there are none.
    let values: ValueFiles?
    /// What these change.
    private let waiting: Generation
    private let pageBytes: Int64
    /// Whether nothing was in the log at the beginning, so that nothing is to be left of it.
    private let hadNoLog: Bool

    /// Looks at the database of a data directory.
    ///
    /// - Parameter directory: The directory, whether a server is at work in it or not.
    /// - Throws: `notAStore` when there is no store; `corrupt` when the database ends before what was acknowledged, is not
    ///   ours or of a newer version; `io` when it cannot be read.
    public convenience init(directory: String) throws(StorageError) {
        try DataDirectory.refuseMissingStore(directory)
        // Before the database is looked at: it is written after each transaction, so it may only say less.
        let acknowledged = try CommitWitness.acknowledged(in: directory)
        try self.init(try Moment.of(directory: directory, acknowledged))
    }

    /// Looks at a database file, such as one of a backup.
    ///
    /// - Parameter path: The file.
    /// - Throws: As ``init(directory:)``.
    public convenience init(database path: String) throws(StorageError) {
        try self.init(try Moment(of: path, log: nil, values: nil))
    }

    init(_ moment: Moment) throws(StorageError) {
        connection = moment.connection
        schema = moment.schema
        hadNoLog = moment.hadNoLog
        waiting = moment.waiting
        values = moment.values
        logged = moment.logged
        transactions = moment.transactions
        pageBytes = try moment.connection.integer("PRAGMA page_size")
        bytes = try moment.connection.integer("PRAGMA page_count") * pageBytes
    }

    deinit {
        if hadNoLog, connection.isLogEmpty { connection.removesLogOnClose() }
    }

    /// Whether the database has the schema of this program, which all that is told of its tables needs.
    public var isOfThisVersion: Bool { schema == Int64(Migration.all.count) }

    // MARK: Copy

    /// Bytes of one step of a copy, and bytes that are made durable together: a disk that is given a whole database at
    /// once would keep commits waiting for it.
    private static let stepBytes: Int64 = 1 << 20
    private static let durableBytes: Int64 = 16 << 20

    /// Writes the database as of this snapshot into a new file that only its owner may read, and makes it durable.
    ///
    /// Takes a few mebibytes of memory, however large the database is.
    ///
    /// - Parameters:
    ///   - path: The file; it must not exist.
    ///   - progress: Told how many bytes of how many are copied.
    /// - Throws: `full` or `io` when it cannot be written, `corrupt` when a value or the log cannot be brought in; what was
    ///   written of it is removed.
    public func copy(
        to path: String,
        progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(StorageError) {
        DataDirectory.reportFileSizeLimitAsError()
        guard waiting.isEmpty || isOfThisVersion else {
            throw StorageError(
                .corrupt,
                "the commit log of an earlier version holds what the database lacks; start and stop a server first"
            )
        }
        try DataDirectory.makeNewPrivateFile(path)
        do throws(StorageError) {
            try copyPages(to: path, progress)
            try DataDirectory.synchronize(path)
        } catch {
            DataDirectory.remove(path)
            throw error
        }
    }

    private func copyPages(
        to path: String,
        _ progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(StorageError) {
        let copy = try Connection(path: path, vfs: nil)
        // Whoever stops in the middle throws the file away, so nothing has to be undone.
        try copy.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096")
        let pages = max(Self.stepBytes / max(pageBytes, 1), 1)
        let valueBytes = try values == nil ? 0 : connection.valueBytes()
        var durable: Int64 = 0
        var total: Int64 = 0
        try connection.copy(to: copy, pages: Int32(clamping: pages)) { (left, all) throws(StorageError) in
            total = all * pageBytes + valueBytes
            let done = (all - left) * pageBytes
            if done - durable >= Self.durableBytes {
                try DataDirectory.synchronize(path)
                durable = done
            }
            progress(done, total)
        }
        if let values, valueBytes > 0 || !waiting.isEmpty {
            try complete(path, values) { progress(total - valueBytes + min($0, valueBytes), total) }
            // What the log holds anew was not brought in first.
            progress(total, total)
        }
        // One file that needs no log beside it; a server turns it back when it opens it.
        try copy.execute("PRAGMA journal_mode = DELETE")
    }

    /// Brings into a copy what stands in the commit log and in the value files, so that it is of one file.
    private func complete(
        _ path: String,
        _ values: ValueFiles,
        _ progress: (_ bytes: Int64) -> Void
    ) throws(StorageError) {
        let database = try WriterDatabase(copy: path, values: values.volume)
        try database.apply(waiting)
        try database.takeInValues(progress)
        try database.finish()
    }

    // MARK: Contents

    /// Every dataflow's books beside its rows, in the order in which the dataflows were first used.
    ///
    /// - Throws: `corrupt` when they cannot be read; the schema must be this program's (``isOfThisVersion``).
    public func accounts() throws(StorageError) -> [StoredAccount] {
        let waiting = try rows(
            "SELECT row >> \(RowSpace.outboxBits), count(*) FROM outbox INDEXED BY outbox_profile GROUP BY 1"
        )
        let parked = try rows(
            "SELECT row >> \(RowSpace.outboxBits), count(*) FROM dead_letter INDEXED BY dead_letter_cause GROUP BY 1"
        )
        let books = try connection.prepare(
            """
            SELECT number, id, triggered, delivered, superseded, suppressed_disabled, suppressed_deleted, parked,
                replayed, discarded, erased
            FROM dataflow ORDER BY number
            """
        )
        var accounts: [StoredAccount] = []
        while try books.next() {
            accounts.append(
                StoredAccount(
                    dataflow: Dataflow.ID(uuid: try books.uuid(1)),
                    counters: DataflowCounters(
                        triggered: try books.count(2),
                        delivered: try books.count(3),
                        superseded: try books.count(4),
                        suppressedDisabled: try books.count(5),
                        suppressedDeleted: try books.count(6),
                        parked: try books.count(7),
                        replayed: try books.count(8),
                        discarded: try books.count(9),
                        erased: try books.count(10)
                    ),
                    outboxRows: waiting[books.integer(0)] ?? 0,
                    deadLetterRows: parked[books.integer(0)] ?? 0
                )
            )
        }
        return accounts
    }

    /// The configuration's objects of one kind, oldest first.
    ///
    /// - Parameter kind: The kind, in its owner's word.
    /// - Returns: The objects of all scopes.
    /// - Throws: `io` or `corrupt` when they cannot be read.
    public func objects(ofKind kind: String) throws(StorageError) -> [ControlObject] {
        guard schema > 0 else { return [] }
        let rows = try connection.prepare(
            "SELECT id, etag, created_at, updated_at, body FROM control_object WHERE kind = ?1 ORDER BY created_at, id"
        )
        rows.bind(1, bytesOf: kind)
        var objects: [ControlObject] = []
        while try rows.next() {
            objects.append(
                ControlObject(
                    kind: kind,
                    id: try rows.text(0),
                    etag: try rows.text(1),
                    createdAt: Timestamp(milliseconds: rows.integer(2)),
                    updatedAt: Timestamp(milliseconds: rows.integer(3)),
                    body: rows.bytes(4)
                )
            )
        }
        return objects
    }

    private func rows(_ sql: String) throws(StorageError) -> [Int64: Int64] {
        let groups = try connection.prepare(sql)
        var counts: [Int64: Int64] = [:]
        while try groups.next() { counts[groups.integer(0)] = groups.integer(1) }
        return counts
    }

    /// Has SQLite look through its pages.
    ///
    /// - Parameter isThorough: Whether every entry of every index is looked up too, which takes several times as long.
    /// - Returns: How many faults it found, at most 100; 0 = it is whole.
    /// - Throws: `io` when it cannot be read.
    public func pageFaults(isThorough: Bool) throws(StorageError) -> Int {
        let check = try connection.prepare("PRAGMA \(isThorough ? "integrity_check" : "quick_check")(100)")
        var faults = 0
        // What SQLite says of a fault may name what is stored, so it is counted and not shown.
        while try check.next() { if try check.text(0) != "ok" { faults += 1 } }
        return faults
    }
}
