import ActivationCore
import ActivationEngine
import ActivationServer
import SQLiteStorage

/// A sandbox beside the default one as the store of the default one has it.
struct StoredSandbox: Equatable {
    var sandbox: Sandbox
    /// Another one after everything that is done to it: while it is the same, so is its directory.
    var version: String

    /// Whether its store is kept: another one is made anew, or removed, by the server.
    var isActive: Bool { sandbox.state == .active }

    /// Its place in a data directory.
    var place: String { "\(SandboxDirectories.name)/\(sandbox.id)" }
}

extension InspectedStore {
    /// The sandboxes beside the default one, oldest first; of the default one's store.
    ///
    /// - Throws: `corrupt` when one cannot be read.
    func sandboxes() throws(StorageError) -> [StoredSandbox] {
        var sandboxes: [StoredSandbox] = []
        for object in try objects(ofKind: Sandbox.storedKind) {
            // The id becomes a path.
            guard let sandbox = Sandbox(object), UUIDBytes(sandbox.id) != nil else {
                throw StorageError(
                    .corrupt,
                    "what is stored of the sandbox \(object.id) cannot be read; restore the database from a backup"
                )
            }
            sandboxes.append(StoredSandbox(sandbox: sandbox, version: object.etag))
        }
        return sandboxes
    }
}

/// The sandboxes of a data directory at this moment.
enum StoredSandboxes {
    /// Reads them.
    ///
    /// - Throws: ``CommandFailure`` when the store of the default one cannot be read.
    static func now(in directory: String) throws(CommandFailure) -> [StoredSandbox] {
        do throws(StorageError) {
            return try StoreSnapshot(directory: directory).sandboxes()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Those of which the store is kept.
    static func active(in directory: String) throws(CommandFailure) -> [StoredSandbox] {
        try now(in: directory).filter(\.isActive)
    }
}
