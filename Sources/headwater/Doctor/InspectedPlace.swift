import ActivationEngine
import ActivationServer
import SQLiteStorage
import StorageCommon

#if PostgreSQL
import PostgresStorage
#endif

/// Where the stores of a server are that is looked at: each in its directory, or all in a database.
struct InspectedPlace {
    /// The server's directory.
    let directory: String
    /// The database; nil = the stores are in the directory.
    let database: String?

    /// Names a place.
    ///
    /// - Throws: ``CommandFailure`` when this program cannot look there.
    init(directory: String, database: String?) throws(CommandFailure) {
        (self.directory, self.database) = (directory, database)
        #if !PostgreSQL
        if database != nil { throw CommandFailure.withoutPostgreSQL }
        #endif
    }

    /// Whether a server is at work in the directory.
    func isInUse() throws(StorageError) -> Bool {
        try database == nil
            ? StoreDirectoryState(directory: directory).isInUse
            : StoreDirectoryState(node: directory).isInUse
    }

    /// What a sandbox has in its directory, or the server; nil = the default sandbox, whose directory is the server's.
    func files(of sandbox: StoredSandbox?) -> DirectoryInspection {
        DirectoryInspection(
            directory: path(of: sandbox),
            isSandbox: sandbox != nil,
            isStoreElsewhere: database != nil,
            house: sandbox == nil ? nil : directory
        )
    }

    private func path(of sandbox: StoredSandbox?) -> String { sandbox.map { "\(directory)/\($0.place)" } ?? directory }

    /// Looks at the store of a sandbox; nil = the default one.
    func open(_ sandbox: StoredSandbox? = nil) throws(StorageError) -> any InspectedStore {
        #if PostgreSQL
        if let database {
            var options = PostgresOptions(url: database)
            if let sandbox { options.schema += "_" + sandbox.sandbox.id }
            return try PostgresSnapshot(options)
        }
        #endif
        return try StoreSnapshot(directory: path(of: sandbox))
    }

    /// Whether a sandbox has its directory, with its store where that is in there.
    func hasDirectory(_ sandbox: StoredSandbox) -> Bool {
        PrivateTree.exists(path(of: sandbox) + (database == nil ? "/\(BackupContents.database)" : ""))
    }

    /// The sandboxes beside the default one at this moment; nil when that cannot be told.
    func sandboxes() -> [StoredSandbox]? { try? open().sandboxes() }

    /// Whether what is stored of a sandbox is still the same, and with it its store.
    func isCurrent(_ sandbox: StoredSandbox) -> Bool { sandboxes()?.contains(sandbox) ?? true }

    /// What is said of a store that cannot be opened.
    func finding(_ error: StorageError) -> StoreFinding {
        StoreFinding(
            "database",
            .fault,
            tried: "opening the database",
            found: error.message,
            advice: database == nil
                ? "see what the finding says; headwater restore makes a new directory of a backup"
                : "see what the finding says; restore the database from a backup"
        )
    }
}
