import ActivationEngine
import CSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One connection to the database file; with ``Statement`` and ``ConnectionFile`` the only place that touches SQLite's C
/// interface.
///
/// Opened without SQLite's own mutexes: a connection belongs to one actor, so one thread at a time uses it.
final class Connection {
    /// How far a checkpoint goes; all but the first wait for readers of old pages.
    enum CheckpointMode {
        /// Copies what no reader is in the way of.
        case passive
        /// Copies everything and leaves the log as it is, to be written from its beginning again.
        case restart
        /// Copies everything and leaves an empty log.
        case truncate

        fileprivate var code: Int32 {
            switch self {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        }
    }

    /// SQLite's own object, for what belongs to a connection and stands in a file beside this one.
    let handle: OpaquePointer
    /// How many pages wait in the write-ahead log, as of the last commit of this connection.
    private(set) var logPages = 0
    /// Set once the system could not say that written bytes are safe: what the disk holds is unknown from then on.
    private(set) var lostWrite: StorageError?
    /// Pages that commits of this connection change are added to it; becomes nil when they could not be told.
    var changedPages: PageSet?
    private var logFrames = LogFrames()

    /// Opens the file, which must exist.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - vfs: The name of a registered virtual file system, nil = SQLite's default.
    /// - Throws: `io` when it cannot be opened.
    init(path: String, vfs: String?) throws(StorageError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, vfs)
        guard code == SQLITE_OK, let opened else {
            let reason = String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(opened)
            throw StorageError(.io, "\(path) cannot be opened: \(reason); check its owner and permissions")
        }
        handle = opened
        // Whoever looks at a log that ends too early must find all of it, and so must the person who is told.
        headwater_sqlite_checkpoint_on_close(handle, 0)
        // The hook takes the place of SQLite's own one, which would checkpoint whenever it likes; setting
        // `wal_autocheckpoint` would take it away again. It runs only inside this object's methods, so the unretained
        // pointer is never stale.
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                if let context { Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().didCommit(Int(pages)) }
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    /// Notes what a commit wrote, at once: the next one may begin the log anew.
    private func didCommit(_ pages: Int) {
        logPages = pages
        guard var changed = changedPages, let log = file(SQLITE_FCNTL_JOURNAL_POINTER) else { return }
        // Only one reference, or every commit would copy the set.
        changedPages = nil
        if logFrames.visitNew(in: log, count: pages, { changed.insert($0) }) { changedPages = changed }
    }

    private func file(_ operation: Int32) -> ConnectionFile? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        sqlite3_file_control(handle, nil, operation, &file)
        return ConnectionFile(file)
    }

    /// Rows changed by the statement that ran last.
    var changes: Int { Int(sqlite3_changes64(handle)) }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// How long a lock held by another connection is waited for.
    func waitForLocks(milliseconds: Int32) {
        sqlite3_busy_timeout(handle, milliseconds)
    }

    /// Runs SQL that answers nothing; several statements may be given.
    func execute(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Prepares one statement for repeated use.
    func prepare(_ sql: String) throws(StorageError) -> Statement {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw failure(code) }
        return Statement(prepared, of: self)
    }

    /// The first column of the first row as an integer, 0 when there is none.
    func integer(_ sql: String) throws(StorageError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.next() ? statement.integer(0) : 0
    }

    /// The first column of the first row as text, empty when there is none.
    func text(_ sql: String) throws(StorageError) -> String {
        let statement = try prepare(sql)
        return try statement.next() ? statement.text(0) : ""
    }

    /// Copies the log's pages into the database file.
    ///
    /// - Returns: Whether all of it was copied, so that the next write starts at its beginning; not when a reader that
    ///   needs old pages took longer than the time set with ``waitForLocks(milliseconds:)``.
    @discardableResult
    func checkpoint(_ mode: CheckpointMode) throws(StorageError) -> Bool {
        var pages: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode.code, &pages, &copied)
        if code & 0xff == SQLITE_BUSY { return false }
        guard code == SQLITE_OK else { throw failure(code) }
        guard pages == copied else { return false }
        logPages = 0
        return true
    }

    /// Lets SQLite remove the log when this connection closes, after everything was copied out of it.
    func removesLogOnClose() {
        headwater_sqlite_checkpoint_on_close(handle, 1)
    }

    /// Whether the log's file holds nothing.
    var isLogEmpty: Bool { file(SQLITE_FCNTL_JOURNAL_POINTER)?.size == 0 }

    /// Overwrites unused bytes of pages with zeros, in the database file itself.
    ///
    /// The log must be empty and the write lock taken, so that the file is the database and stays it. What is overwritten
    /// no one reads, so nothing has to be undone or made durable before anything else. Pages in memory still hold the
    /// bytes; ``giveUpPages()`` must be called when the transaction is over.
    ///
    /// - Parameters:
    ///   - pages: The pages, counted from 1; those beyond the end are left out.
    ///   - pageBytes: Bytes of one page.
    ///   - unused: Tells a page's unused bytes; nil = none.
    /// - Throws: When the file cannot be read or written.
    func overwrite(
        _ pages: [Int64],
        pageBytes: Int,
        unused: (_ page: [UInt8], _ number: Int64) -> Range<Int>?
    ) throws(StorageError) {
        guard let file = file(SQLITE_FCNTL_FILE_POINTER) else { throw failure(SQLITE_MISUSE) }
        var page = [UInt8](repeating: 0, count: pageBytes)
        let zeros = [UInt8](repeating: 0, count: pageBytes)
        for number in pages {
            let start = (number - 1) * Int64(pageBytes)
            let code = file.read(into: &page, at: start)
            if code == Self.shortRead { break }
            guard code == SQLITE_OK else { throw failure(code) }
            guard let unused = unused(page, number), page[unused].contains(where: { $0 != 0 }) else { continue }
            let written = file.write(zeros[unused], at: start + Int64(unused.lowerBound))
            guard written == SQLITE_OK else { throw failure(written) }
        }
        let synced = file.sync()
        guard synced == SQLITE_OK else { throw failure(synced) }
    }

    /// Gives up the pages kept in memory; must not be called within a transaction, which holds some.
    func giveUpPages() {
        sqlite3_db_release_memory(handle)
    }

    /// SQLITE_IOERR_SHORT_READ: the file ends before.
    private static let shortRead = SQLITE_IOERR | 2 << 8

    /// Translates a result code into what happened and what to do.
    ///
    /// SQLite's own messages name tables and columns, which mean nothing to whoever reads this, so only numbers stay.
    func failure(_ code: Int32) -> StorageError {
        let systemError = self.systemError
        let system = systemError == 0 ? "" : ", system error \(systemError): \(String(cString: strerror(systemError)))"
        let numbers = "(SQLite \(code)\(system))"
        switch code & 0xff {
        case SQLITE_FULL:
            return StorageError(.full, "there is no room for the database \(numbers); nothing was written; free space")
        case SQLITE_IOERR where Self.isSync(code):
            let error = StorageError(
                .writeLost,
                "the disk could not say that written data is safe \(numbers); check the disk, then start again"
            )
            lostWrite = error
            return error
        case SQLITE_IOERR where [ENOSPC, EFBIG, EDQUOT].contains(systemError):
            return StorageError(
                .full,
                "there is no room for the database \(numbers); nothing was written; free space or raise the limit"
            )
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return StorageError(.corrupt, "the database file is damaged \(numbers); restore it from a backup")
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StorageError(.io, "another program locks the database \(numbers); close it and try again")
        case SQLITE_CONSTRAINT:
            return StorageError(
                .conflict,
                "the store has something else than was expected: an entry is there already \(numbers); "
                    + "load again and decide again"
            )
        default:
            return StorageError(.io, "the database could not be read or written \(numbers); check the disk")
        }
    }

    /// The number of the system's last error with the database file or its log, 0 when there is none.
    private var systemError: Int32 {
        let known = sqlite3_system_errno(handle)
        if known != 0 { return known }
        // A failing COMMIT does not tell the connection why; the log file itself still knows.
        return file(SQLITE_FCNTL_JOURNAL_POINTER)?.systemError ?? 0
    }

    /// SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC, C macros with arithmetic that Swift does not import.
    private static func isSync(_ code: Int32) -> Bool {
        code == SQLITE_IOERR | 4 << 8 || code == SQLITE_IOERR | 5 << 8
    }
}
