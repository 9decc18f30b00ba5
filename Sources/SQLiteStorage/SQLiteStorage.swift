public import ActivationEngine
import StorageCommon

/// The embedded storage: one SQLite database in one directory, one process at a time.
///
/// A commit or settlement that returned survives power loss (I1). Reads that commits depend on and all writes run on
/// one thread; lists and scans run on a second one beside it. See `docs/ARCHITECTURE.md`.
public final class SQLiteStorage: Sendable {
    let writer: Writer
    private let reader: DatabaseActor<ReaderDatabase>
    private let auditor: DatabaseActor<AuditorDatabase>
    private let idleWork: Task<Void, Never>
    let scrubber: Scrubber
    /// The sign of life of the process that has the directory open.
    public let lifeSign: FileLifeSign

    /// Opens the storage in a directory, which is made when it does not exist; its parent must.
    ///
    /// A directory that holds other files and no store is refused.
    ///
    /// Everything that the last process acknowledged is there, every claim it had is gone. Blocks while it reads.
    ///
    /// - Parameters:
    ///   - directory: Where the database, its log and the lock are; made with access for its owner only.
    ///   - options: Sizes.
    /// - Returns: The open storage.
    /// - Throws: `locked` when another process has the directory open; `notAStore` when it holds something else; `corrupt`
    ///   when the database is damaged, not ours or of a newer version; `full` or `io` when the system refuses.
    public static func open(
        directory: String,
        options: SQLiteStorageOptions = SQLiteStorageOptions()
    ) throws(StorageError) -> SQLiteStorage {
        DataDirectory.reportFileSizeLimitAsError()
        let directory = try DataDirectory(path: directory, makesStore: options.makesStore)
        let database = try WriterDatabase(directory, options)
        let isFirst = database.tallies.scopes.isEmpty
        let reader = try ReaderDatabase(directory, options, database.values.files)
        let auditor = try AuditorDatabase(directory, options)
        return SQLiteStorage(
            writer: try Writer(database, directory, options),
            reader: DatabaseActor(threadName: "storage-reader", database: reader),
            auditor: DatabaseActor(threadName: "storage-auditor", database: auditor),
            lifeSign: try FileLifeSign(directory: directory.path, isFirst: isFirst),
            idleInterval: options.idleInterval
        )
    }

    private init(
        writer: Writer,
        reader: DatabaseActor<ReaderDatabase>,
        auditor: DatabaseActor<AuditorDatabase>,
        lifeSign: FileLifeSign,
        idleInterval: Duration
    ) {
        self.writer = writer
        self.reader = reader
        self.auditor = auditor
        self.lifeSign = lifeSign
        scrubber = writer.scrubber()
        // Deletions of the last process may have left something behind.
        scrubber.begin()
        idleWork = writer.idleWork(each: idleInterval)
    }

    deinit {
        idleWork.cancel()
    }

    /// Finishes what was begun, empties the write-ahead log into the database and gives the directory back.
    ///
    /// Later calls of anything else throw `closed`; closing again does nothing.
    public func close() async throws(StorageError) {
        idleWork.cancel()
        scrubber.stop()
        try await auditor.close { _ throws(StorageError) in }
        try await reader.close { _ throws(StorageError) in }
        try await writer.close()
    }

    /// Writes a copy of the database as it is now into a new file, while everything goes on.
    ///
    /// The copy is a whole storage: put into an empty directory as `headwater.db` it can be opened.
    ///
    /// - Parameter path: The file to write; it must not exist.
    /// - Throws: `io` or `full` when it cannot be written; what was written of it is removed.
    public func backup(to path: String) async throws(StorageError) {
        try await read { database throws(StorageError) in try database.backup(to: path) }
    }

    /// Works in the database where everything that was acknowledged is.
    func write<Value: Sendable>(
        _ work: @Sendable (WriterDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        switch writer {
        case .database(let writer): try await writer.perform(work)
        case .logged(let writer): try await writer.exclusively(work)
        }
    }

    /// Reads, beside everything else, from the database with all that was acknowledged before the call.
    func read<Value: Sendable>(
        _ work: @Sendable (ReaderDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await catchUp()
        return try await reader.perform(work)
    }

    func audit<Value: Sendable>(
        _ work: @Sendable (AuditorDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await catchUp()
        return try await auditor.perform(work)
    }

    private func catchUp() async throws(StorageError) {
        if case .logged(let writer) = writer { try await writer.catchUp() }
    }

    /// Does what everybody waits for, with or without a log before the database.
    func serve<Value: Sendable>(
        _ work: @Sendable (WriterDatabase) throws(StorageError) -> Value,
        logged: @Sendable (LoggedDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        switch writer {
        case .database(let writer): try await writer.perform(work)
        case .logged(let writer): try await writer.perform(logged)
        }
    }
}
