public import ActivationCore
public import ActivationEngine

/// The embedded storage: one SQLite database in one directory, one process at a time.
///
/// A commit or settlement that returned survives power loss (I1). Reads that commits depend on and all writes run on
/// one thread; lists and scans run on a second one beside it. See `docs/ARCHITECTURE.md`.
public final class SQLiteStorage: Storage, ControlStore, Sendable {
    private let writer: DatabaseActor<WriterDatabase>
    private let reader: DatabaseActor<ReaderDatabase>

    /// Opens the storage in a directory, which is made when it does not exist; its parent must.
    ///
    /// Everything that the last process acknowledged is there, every claim it had is gone. Blocks while it reads.
    ///
    /// - Parameters:
    ///   - directory: Where the database, its log and the lock are; made with access for its owner only.
    ///   - options: Sizes.
    /// - Returns: The open storage.
    /// - Throws: `locked` when another process has the directory open; `corrupt` when the database is damaged, not ours
    ///   or of a newer version; `full` or `io` when the system refuses.
    public static func open(
        directory: String,
        options: SQLiteStorageOptions = SQLiteStorageOptions()
    ) throws(StorageError) -> SQLiteStorage {
        DataDirectory.reportFileSizeLimitAsError()
        let directory = try DataDirectory(path: directory)
        let writer = try WriterDatabase(directory, options)
        let reader = try ReaderDatabase(directory, options)
        return SQLiteStorage(
            writer: DatabaseActor(threadName: "storage-writer", database: writer),
            reader: DatabaseActor(threadName: "storage-reader", database: reader)
        )
    }

    private init(writer: DatabaseActor<WriterDatabase>, reader: DatabaseActor<ReaderDatabase>) {
        self.writer = writer
        self.reader = reader
    }

    /// Finishes what was begun, empties the write-ahead log into the database and gives the directory back.
    ///
    /// Later calls of anything else throw `closed`; closing again does nothing.
    public func close() async throws(StorageError) {
        try await reader.close { _ throws(StorageError) in }
        try await writer.close { database throws(StorageError) in try database.finish() }
    }

    /// Writes a copy of the database as it is now into a new file, while everything goes on.
    ///
    /// The copy is a whole storage: put into an empty directory as `headwater.db` it can be opened.
    ///
    /// - Parameter path: The file to write; it must not exist.
    /// - Throws: `io` or `full` when it cannot be written; what was written of it is removed.
    public func backup(to path: String) async throws(StorageError) {
        try await reader.perform { database throws(StorageError) in try database.backup(to: path) }
    }

    // MARK: Storage

    /// See ``Storage/dictionaries(scope:)``.
    public func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries {
        try await reader.perform { database throws(StorageError) in try database.dictionaries(scope: scope) }
    }

    /// See ``Storage/load(_:)``.
    public func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState {
        try await writer.perform { database throws(StorageError) in try database.load(request) }
    }

    /// See ``Storage/commit(_:)``.
    public func commit(_ plan: CommitPlan) async throws(StorageError) {
        try await writer.perform { database throws(StorageError) in try database.commit(plan) }
    }

    /// See ``Storage/profiles(scope:after:limit:)``.
    public func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile] {
        try await reader.perform { database throws(StorageError) in
            try database.profiles(scope: scope, after: row, limit: limit)
        }
    }

    /// See ``Storage/profileCount(scope:)``.
    public func profileCount(scope: Scope) async throws(StorageError) -> Int {
        try await writer.perform { database throws(StorageError) in Int(database.tallies.scopes[scope]?.profiles ?? 0) }
    }

    /// See ``Storage/memberCounts(scope:)``.
    public func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64] {
        try await reader.perform { database throws(StorageError) in try database.memberCounts(scope: scope) }
    }

    /// See ``Storage/claim(dataflow:limit:limitPerProfile:)``.
    public func claim(
        dataflow: Dataflow.ID,
        limit: Int,
        limitPerProfile: Int
    ) async throws(StorageError) -> [OutboxRow] {
        try await writer.perform { database throws(StorageError) in
            try database.claim(dataflow: dataflow, limit: limit, limitPerProfile: limitPerProfile)
        }
    }

    /// See ``Storage/settle(dataflow:_:)``.
    public func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError) {
        try await writer.perform { database throws(StorageError) in
            try database.settle(dataflow: dataflow, settlements)
        }
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    public func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError) {
        try await writer.perform { database throws(StorageError) in database.releaseClaims(dataflow: dataflow) }
    }

    /// See ``Storage/discardOutbox(dataflow:)``.
    public func discardOutbox(dataflow: Dataflow.ID) async throws(StorageError) {
        // In steps, so that commits get their turn in between; the books balance after each.
        var dropped = 1
        while dropped > 0 {
            dropped = try await writer.perform { database throws(StorageError) in
                try database.discardSome(of: dataflow)
            }
        }
    }

    /// See ``Storage/books(dataflow:)``.
    public func books(
        dataflow: Dataflow.ID
    ) async throws(StorageError) -> (counters: DataflowCounters, pendingRows: Int64) {
        try await writer.perform { database throws(StorageError) in database.books(dataflow: dataflow) }
    }

    /// See ``Storage/deadLetters(dataflow:limit:)``.
    public func deadLetters(dataflow: Dataflow.ID, limit: Int) async throws(StorageError) -> [DeadLetter] {
        try await reader.perform { database throws(StorageError) in
            try database.deadLetters(dataflow: dataflow, limit: limit)
        }
    }

    // MARK: ControlStore

    /// See ``ControlStore/objects(kind:scope:)``.
    public func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject] {
        try await reader.perform { database throws(StorageError) in try database.objects(kind: kind, scope: scope) }
    }

    /// See ``ControlStore/object(kind:id:scope:)``.
    public func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject? {
        try await reader.perform { database throws(StorageError) in
            try database.object(kind: kind, id: id, scope: scope)
        }
    }

    /// See ``ControlStore/apply(_:scope:)``.
    public func apply(_ changes: [ControlChange], scope: Scope) async throws(StorageError) {
        try await writer.perform { database throws(StorageError) in try database.apply(changes, scope: scope) }
    }
}
