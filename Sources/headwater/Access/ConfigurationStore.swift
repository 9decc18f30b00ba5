import ActivationEngine
import SQLiteStorage

#if PostgreSQL
import PostgresStorage
#endif

/// The configuration of a server, opened for a command: in the directory of a stopped one, or in a database, beside nodes that are at work.
///
/// Of several commands at a time over a database the last one that begins goes on.
struct ConfigurationStore {
    let storage: any ControlStore
    /// Whether nodes may be at work in it; they learn of changes within half a second.
    let isShared: Bool
    let close: () async throws(StorageError) -> Void

    /// Opens it.
    ///
    /// - Parameters:
    ///   - directory: The server's directory.
    ///   - database: Where its store is, if it is elsewhere.
    /// - Throws: ``CommandFailure`` naming what is in the way.
    init(directory: String, database: DatabaseArguments) async throws(CommandFailure) {
        guard let url = database.url else {
            var options = SQLiteStorageOptions()
            options.makesStore = false
            let storage = try ServerProcess.open(directory, options)
            (self.storage, isShared) = (storage, false)
            close = { () throws(StorageError) in try await storage.close() }
            return
        }
        database.warnOfPassword()
        #if PostgreSQL
        do throws(StorageError) {
            var options = PostgresOptions(url: url)
            options.makesStore = false
            options.changesTables = false
            // It has the number that no node has, and leads nobody.
            options.leads = false
            let storage = try PostgresStorage.open(options)
            (self.storage, isShared) = (storage, true)
            close = { () throws(StorageError) in try await storage.close() }
        } catch {
            throw CommandFailure(error)
        }
        #else
        throw CommandFailure.withoutPostgreSQL
        #endif
    }
}
