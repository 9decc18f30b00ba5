public import ActivationEngine
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A data directory that is being filled from a backup, held so that no server starts in it meanwhile.
///
/// The database comes under another name and gets its own one last, so that a process that ends in between leaves a
/// directory that no server takes for a store, and that the next restoration clears. Used by one thread at a time.
public final class StoreRestoration {
    /// The directory.
    public let directory: String
    /// Where the database is to be written before ``complete(transactions:)``; an empty file is there.
    public var databasePath: String { directory + "/" + Self.draftName }

    private static let draftName = DataDirectory.databaseName + ".restoring"
    private let lock: Int32

    /// Makes the directory if need be, and clears what an interrupted restoration left.
    ///
    /// - Parameter directory: A new directory, or one with nothing in it; its parent exists.
    /// - Throws: `locked` when a process is at work in it; `notAStore` when it holds anything; `io` or `full`.
    public init(directory: String) throws(StorageError) {
        self.directory = directory
        DataDirectory.reportFileSizeLimitAsError()
        try DataDirectory.makeDirectory(directory)
        let names = try Self.contents(of: directory)
        let isLeftover = names.contains(Self.draftName) && !names.contains(DataDirectory.databaseName)
        if let holder = DataDirectory.holder(of: directory) {
            throw StorageError(.locked, "the directory \(directory) is in use\(holder); give another directory")
        }
        guard names.isEmpty || isLeftover else {
            throw StorageError(
                .notAStore,
                "the directory \(directory) is not empty, and nothing in it is overwritten; give a new directory, or move "
                    + "what is there away"
            )
        }
        lock = try DataDirectory.takeLock(directory)
        do throws(StorageError) {
            // Another process may have begun between the look and the lock.
            let names = try Self.contents(of: directory)
            if names.contains(DataDirectory.databaseName) {
                throw StorageError(.notAStore, "the directory \(directory) was filled just now; give a new directory")
            }
            try Self.clear(names.filter { $0 != Self.draftName }, in: directory)
            DataDirectory.remove(databasePath)
            try DataDirectory.makeNewPrivateFile(databasePath)
            try DataDirectory.hideFromGit(directory)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit {
        close(lock)
    }

    private static func contents(of directory: String) throws(StorageError) -> [String] {
        try DataDirectory.names(in: directory).filter { !DataDirectory.namesOfNoUse.contains($0) }
    }

    private static func clear(_ names: [String], in directory: String) throws(StorageError) {
        for name in names {
            do {
                try FileManager.default.removeItem(atPath: directory + "/" + name)
            } catch {
                throw StorageError(.io, "\(directory)/\(name) cannot be removed; remove it and try again")
            }
        }
    }

    /// Notes how many transactions the database of a directory inside of this one has, and that it was put back; see
    /// ``complete(transactions:)``.
    ///
    /// - Parameters:
    ///   - transactions: Transactions that the database has; nil = not known.
    ///   - path: The directory, by its place in this one.
    /// - Throws: `io` or `full`.
    public func note(transactions: Int64?, in path: String) throws(StorageError) {
        let inner = directory + "/" + path
        try RestorationMark(in: inner).set()
        if let transactions { _ = try CommitWitness(directory: inner, commits: transactions) }
        try DataDirectory.synchronize(inner)
    }

    /// Makes the directory a server's: everything that was written into it is made durable, and the database gets its name.
    ///
    /// A mark says that the store was put back (``RestorationMark``).
    ///
    /// When this process is root and the directory another user's, all of it becomes that user's.
    ///
    /// - Parameter transactions: Transactions that the database has, by which a loss is noticed later; nil = not known.
    /// - Throws: `io` or `full`; the directory is no store then.
    public func complete(transactions: Int64?) throws(StorageError) {
        if let transactions { _ = try CommitWitness(directory: directory, commits: transactions) }
        try RestorationMark(in: directory).set()
        try handOver()
        try DataDirectory.synchronize(databasePath)
        try DataDirectory.synchronize(directory)
        guard rename(databasePath, directory + "/" + DataDirectory.databaseName) == 0 else {
            throw DataDirectory.failure("\(databasePath) cannot be renamed")
        }
        try DataDirectory.synchronize(directory)
    }

    /// Empties the directory again, as far as that can be done.
    public func abandon() {
        // The database last: it says what the rest is.
        let names = (try? Self.contents(of: directory)) ?? []
        guard !names.contains(DataDirectory.databaseName) else { return }
        guard (try? Self.clear(names.filter { $0 != Self.draftName }, in: directory)) != nil else { return }
        DataDirectory.remove(databasePath)
    }

    private func handOver() throws(StorageError) {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        try DataDirectory.handOver(names, in: directory)
    }
}
