import ActivationCore
import ActivationEngine
import Glibc
import SQLiteStorage

/// A copy of one store's directory: the database of a moment, the uploads that belong to it, and its keys.
struct StoreCopy {
    /// The store's directory.
    let source: String
    /// Where the copy is made; the directory is there.
    let target: String
    /// The files with keys.
    let secrets: [String]
    private var uploads: UploadsCopy

    /// How often a moment at which nothing else takes a step is looked for, and how long is waited in between.
    static let attemptsMax = 200
    static let attemptPause: UInt32 = 50_000

    init(of source: String, in target: String, secrets: [String]) {
        self.source = source
        self.target = target
        self.secrets = secrets
        uploads = UploadsCopy(of: source, in: target)
    }

    /// The database at a moment to which the copied uploads belong.
    mutating func moment() throws(CommandFailure) -> (StoreSnapshot, instant: String) {
        for _ in 0..<StoreCopy.attemptsMax {
            try uploads.update()
            let instant = SystemTime().now().rfc3339
            let snapshot: StoreSnapshot
            do throws(StorageError) {
                snapshot = try StoreSnapshot(directory: source)
            } catch {
                throw CommandFailure(error)
            }
            if try uploads.isCurrent() { return (snapshot, instant) }
            usleep(StoreCopy.attemptPause)
        }
        throw CommandFailure(
            .retryLater,
            "uploads change faster than they can be copied; try again when fewer files are on their way"
        )
    }

    /// Copies the database of a moment, and the keys.
    ///
    /// - Returns: What the manifest says of it.
    func take(
        _ snapshot: StoreSnapshot,
        of instant: String,
        progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(CommandFailure) -> BackupStore {
        let accounts: [StoredAccount]?
        do throws(StorageError) {
            let path = "\(target)/\(BackupContents.database)"
            try snapshot.copy(to: path, progress: progress)
            // What the commit log held stands in the copy and not in the database that was copied.
            accounts = snapshot.isOfThisVersion ? try StoreSnapshot(database: path).accounts() : nil
        } catch {
            throw CommandFailure(error)
        }
        // After the database: a key is made before anything is written that needs it.
        for name in secrets {
            try PrivateTree.copy("\(source)/\(name)", to: "\(target)/\(name)")
        }
        return BackupStore(
            instant: instant,
            schema: snapshot.schema,
            transactions: snapshot.transactions,
            accounts: accounts?.map(BackupAccount.init)
        )
    }
}
