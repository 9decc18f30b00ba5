import ActivationCore
import ActivationEngine
import SQLiteStorage
import StorageCommon

#if PostgreSQL
import PostgresStorage
#endif

/// A store at one moment, wherever it is, as it is looked at.
protocol InspectedStore {
    /// Whether there is a configuration that this program can read.
    var hasConfiguration: Bool { get }

    /// The latest instant that a message was given; nil when there was none.
    func lastAdmission() throws(StorageError) -> Timestamp?
    /// Whether identities are kept from coming again, for which their key is needed.
    func hasSuppressions() throws(StorageError) -> Bool
    /// Uploads whose rows have begun to become members.
    func uploadsBegun() throws(StorageError) -> Set<UUIDBytes>
    /// The configuration's objects of one kind, oldest first.
    func objects(ofKind kind: String) throws(StorageError) -> [ControlObject]

    /// What sandboxes have in the database beside this store, by their ids; nil = each has a database of its own.
    func schemasOfSandboxes() throws(StorageError) -> [UUIDBytes: String]?
    /// Looks at what all stores have in common.
    func inspectServer(progress: (String) -> Void) throws(StorageError) -> [StoreFinding]
    /// Looks at everything in the store.
    func inspect(at now: Timestamp, progress: (String) -> Void) throws(StorageError) -> [StoreFinding]
}

extension StoreSnapshot: InspectedStore {
    var hasConfiguration: Bool { true }

    func schemasOfSandboxes() throws(StorageError) -> [UUIDBytes: String]? { nil }

    func inspectServer(progress: (String) -> Void) throws(StorageError) -> [StoreFinding] { [] }
}

#if PostgreSQL
extension PostgresSnapshot: InspectedStore {
    func schemasOfSandboxes() throws(StorageError) -> [UUIDBytes: String]? { try sandboxSchemas() }
}
#endif
