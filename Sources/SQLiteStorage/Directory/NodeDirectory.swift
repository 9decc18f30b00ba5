public import ActivationEngine
package import StorageCommon

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The directory of a server whose store is in a database elsewhere: keys, uploads, downloads and the sign of life, made private and
/// held by one process at a time.
public final class NodeDirectory: Sendable {
    private let lock: Int32
    private let path: String

    /// Makes the directory if need be, and takes its lock.
    ///
    /// - Parameter path: The directory; its parent exists.
    /// - Throws: `locked` when another process has it open; `notAStore` when it holds something else, or a store of its own.
    public init(path: String) throws(StorageError) {
        self.path = path
        try DataDirectory.makeDirectory(path)
        try DataDirectory.refuseForeignDirectory(path)
        let store = path + "/" + DataDirectory.databaseName
        guard access(store, F_OK) != 0 else {
            throw StorageError(
                .notAStore,
                "\(store) is a store of its own, which a server with a database elsewhere would leave aside; copy it into the "
                    + "database with headwater copy, or give another directory"
            )
        }
        lock = try DataDirectory.takeLock(path)
        do throws(StorageError) {
            try DataDirectory.hideFromGit(path)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit {
        close(lock)
    }

    /// What the database has acknowledged, as this directory knows it.
    ///
    /// - Throws: `corrupt` when the file that says so is damaged; `io` or `full` when the system refuses.
    package func witness() throws(StorageError) -> any AcknowledgedBatches {
        try DatabaseWitness(directory: path)
    }

    /// Begins the sign of life of this process.
    ///
    /// - Parameter isFirst: Whether nothing was ever sent from the store, so that a missing sign means that.
    /// - Returns: The sign, with what the process before left of its own.
    /// - Throws: When the system refuses.
    public func lifeSign(isFirst: Bool) throws(StorageError) -> FileLifeSign {
        try FileLifeSign(directory: path, isFirst: isFirst)
    }
}
