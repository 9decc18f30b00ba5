package import ActivationCore
package import ActivationEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A store that leaves its directory for a database, held so that no server starts in the directory meanwhile.
///
/// Its files are never removed: when everything is in the database they are set aside, so that the directory is one of a server with a
/// database, and whoever wants to go back has them. Before that it is noted which store they become, so that whoever is interrupted in
/// between finds out whether the database has it, and no server goes on with the files. Used by one thread at a time.
package final class StoreDeparture {
    /// Where the files of a store are that was copied into a database, in its directory; and the file there that says which store it is.
    static let asideName = "copied"
    private static let noteName = asideName + "/store"

    private let path: String
    private let lock: Int32
    private var opened: StoreSnapshot?

    /// Brings the store up to date, and holds its directory.
    ///
    /// - Parameters:
    ///   - path: The directory of a server that was stopped.
    ///   - reportProgress: Told how far an upgrade of an older store is.
    /// - Throws: `locked` when a server is at work there; `notAStore` when it holds no store, or one that was copied before.
    package convenience init(
        path: String,
        reportProgress: @escaping @Sendable (String) -> Void
    ) async throws(StorageError) {
        try DataDirectory.refuseCopiedStore(path)
        var options = SQLiteStorageOptions()
        options.makesStore = false
        options.reportProgress = reportProgress
        // An upgrade, and what only the commit log holds, are done by opening.
        try await SQLiteStorage.open(directory: path, options: options).close()
        try self.init(holding: path)
    }

    /// Holds a directory as it is.
    ///
    /// - Throws: `locked` when a server is at work there.
    package init(holding path: String) throws(StorageError) {
        self.path = path
        lock = try DataDirectory.takeLock(path)
    }

    deinit { close(lock) }

    /// The store as it is.
    ///
    /// - Throws: `corrupt` or `io` when it cannot be read.
    package func snapshot() throws(StorageError) -> StoreSnapshot {
        if let opened { return opened }
        let snapshot = try StoreSnapshot(directory: path)
        opened = snapshot
        return snapshot
    }

    // MARK: The note

    /// Which store in a database the files of a directory were about to become; nil = nobody was interrupted at that.
    ///
    /// - Throws: `io` when it cannot be read.
    package static func notedStore(in path: String) throws(StorageError) -> UUIDBytes? {
        guard isWaiting(path), let text = try OverwrittenFile.read(path + "/" + noteName) else { return nil }
        return UUIDBytes(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    /// Whether a directory's files may be a database's already, and are in their place still.
    static func isWaiting(_ path: String) -> Bool {
        access(path + "/" + noteName, F_OK) == 0 && access(path + "/" + DataDirectory.databaseName, F_OK) == 0
    }

    /// Notes durably which store the files become.
    ///
    /// - Throws: `io` or `full` when the system refuses.
    package func note(_ store: UUIDBytes) throws(StorageError) {
        let aside = path + "/" + Self.asideName
        guard mkdir(aside, 0o700) == 0 || errno == EEXIST else {
            throw DataDirectory.failure("the directory \(aside) cannot be made")
        }
        DataDirectory.remove(path + "/" + Self.noteName)
        _ = try OverwrittenFile(path: path + "/" + Self.noteName, initial: store.description + "\n")
        try DataDirectory.synchronize(path)
    }

    /// Takes the note back: the files become nobody's.
    package func forgetNote() {
        DataDirectory.remove(path + "/" + Self.noteName)
        rmdir(path + "/" + Self.asideName)
    }

    // MARK: Setting aside

    /// Sets the files of the store aside, those that are still there.
    ///
    /// - Returns: Where they are.
    /// - Throws: `io` when the system refuses; the same once more goes on.
    @discardableResult
    package func setAside() throws(StorageError) -> String {
        opened = nil
        let aside = path + "/" + Self.asideName
        // The database last: while it is there, so is the note that something is to be done.
        for name in DataDirectory.storeNames.reversed() where access(path + "/" + name, F_OK) == 0 {
            guard access(aside + "/" + name, F_OK) != 0 else {
                throw StorageError(.io, "\(aside)/\(name) is in the way; move it elsewhere and copy again")
            }
            guard rename(path + "/" + name, aside + "/" + name) == 0 else {
                throw DataDirectory.failure("\(path)/\(name) cannot be moved to \(aside)")
            }
        }
        try DataDirectory.synchronize(aside)
        try DataDirectory.synchronize(path)
        return aside
    }
}
