public import ActivationCore
public import ActivationEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What a data directory's own files say, beside its database; nothing is changed and no lock is kept.
public struct StoreDirectoryState: Sendable {
    /// Whether a process is at work in the directory.
    public let isInUse: Bool

    /// Looks at a directory.
    ///
    /// - Parameter directory: The directory.
    /// - Throws: `notAStore` when it is no server's directory; `io` when it cannot be read.
    public init(directory: String) throws(StorageError) {
        try DataDirectory.refuseMissingStore(directory)
        isInUse = DataDirectory.holder(of: directory) != nil
    }

    /// Looks at the directory of a server whose store is in a database elsewhere (``NodeDirectory``).
    ///
    /// - Parameter directory: The directory.
    /// - Throws: `notAStore` when it holds nothing of a server's; `io` when it cannot be read.
    public init(node directory: String) throws(StorageError) {
        let names = access(directory, F_OK) == 0 ? try DataDirectory.names(in: directory) : []
        guard names.contains(where: { ["lock", "token.key"].contains($0) }) else {
            throw StorageError(
                .notAStore,
                "\(directory) is not a server's directory; give the one that headwater serve was started with"
            )
        }
        isInUse = DataDirectory.holder(of: directory) != nil
    }
}

extension StoreSnapshot {
    /// The latest instant that a message was given; nil when there was none.
    ///
    /// - Throws: `io` or `corrupt` when it cannot be read.
    public func lastAdmission() throws(StorageError) -> Timestamp? {
        guard schema >= Migration.admission.number else { return nil }
        let last = try connection.prepare("SELECT max(admitted_at) FROM scope")
        guard try last.next() else { return nil }
        return last.optionalInteger(0).map { Timestamp(milliseconds: $0) }
    }

    /// Whether identities are kept from coming again, for which their key is needed.
    ///
    /// - Throws: `io` or `corrupt` when it cannot be read.
    public func hasSuppressions() throws(StorageError) -> Bool {
        guard isOfThisVersion else { return false }
        return try connection.integer("SELECT EXISTS (SELECT 1 FROM suppression)") != 0
    }

    /// Uploads whose rows have begun to become members, by the database.
    ///
    /// - Throws: `io` or `corrupt` when they cannot be read.
    public func uploadsBegun() throws(StorageError) -> Set<UUIDBytes> {
        guard isOfThisVersion else { return [] }
        let uploads = try connection.prepare("SELECT id FROM upload")
        var ids: Set<UUIDBytes> = []
        while try uploads.next() { ids.insert(try uploads.uuid(0)) }
        return ids
    }
}
