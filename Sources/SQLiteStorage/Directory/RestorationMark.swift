public import ActivationEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The file that says in a data directory that its store was put back to an earlier state, until that is in the store itself
/// (docs/decisions/0083).
public struct RestorationMark: Sendable {
    /// The file's name.
    static let fileName = "headwater.restored"

    private let directory: String
    private var path: String { directory + "/" + Self.fileName }

    /// Names the mark of a directory, whether it is there or not.
    public init(in directory: String) {
        self.directory = directory
    }

    /// Whether it is there.
    public var isSet: Bool { access(path, F_OK) == 0 }

    /// Sets it, durably; does nothing when it is there.
    ///
    /// - Throws: `io` or `full` when the system refuses.
    public func set() throws(StorageError) {
        try DataDirectory.makePrivateFile(path)
        try DataDirectory.synchronize(directory)
    }

    /// Takes it away, once the store knows.
    ///
    /// - Throws: `io` when the system refuses; the store will be told once more then.
    public func clear() throws(StorageError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw DataDirectory.failure("\(path) cannot be removed") }
        try DataDirectory.synchronize(directory)
    }

    /// Marks the store of a stopped server as one that was put back, and accepts that it has less than was acknowledged.
    ///
    /// When this process is root and the directory another user's, what it makes becomes that user's.
    ///
    /// - Parameter others: Done while no server can start on the directory, before it is marked.
    /// - Throws: `locked` when a server is at work there; `notAStore` when there is no store; `io` or `full`.
    public func acceptRestored(after others: () throws(StorageError) -> Void = {}) throws(StorageError) {
        guard access(directory + "/" + DataDirectory.databaseName, F_OK) == 0 else {
            throw StorageError(.notAStore, "\(directory) holds no store; give the directory that one was put back into")
        }
        let lock = try DataDirectory.takeLock(directory)
        defer { close(lock) }
        try DataDirectory.handOver(["lock"], in: directory)
        try others()
        // First: whoever is interrupted in between has a store that is refused, or one that is marked.
        try set()
        try DataDirectory.handOver([Self.fileName], in: directory)
        let witness = directory + "/" + CommitWitness.fileName
        guard unlink(witness) == 0 || errno == ENOENT else {
            throw DataDirectory.failure("\(witness) cannot be removed")
        }
        try DataDirectory.synchronize(directory)
    }
}
