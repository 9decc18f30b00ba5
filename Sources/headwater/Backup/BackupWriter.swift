import ActivationCore
import ActivationEngine
import Glibc
import SQLiteStorage

/// Writes a backup of a data directory beside whatever is at work there.
///
/// It comes under another name and gets its own when all of it is durable, so a backup is there whole or not at all.
struct BackupWriter {
    /// The data directory.
    let source: String
    /// The backup, a directory that is not there yet.
    let target: String

    /// How it is named until it is whole.
    private var draft: String { target + ".partial" }

    /// How often the moment at which no upload takes a step is looked for, and how long is waited in between.
    private static let attemptsMax = 200
    private static let attemptPause: UInt32 = 50_000

    init(of source: String, to target: String) {
        self.source = source
        var target = target
        while target.utf8.count > 1, target.hasSuffix("/") { target.removeLast() }
        self.target = target
    }

    /// Writes it.
    ///
    /// - Parameter progress: Told how many bytes of the database of how many are copied.
    /// - Returns: What was written.
    /// - Throws: ``CommandFailure`` when something is in the way; there is no backup then.
    func write(progress: (_ bytes: Int64, _ total: Int64) -> Void) throws(CommandFailure) -> BackupManifest {
        try refuseExisting()
        let draft = try BackupDraft(draft)
        do throws(CommandFailure) {
            let manifest = try fill(draft.path, progress)
            try draft.complete(as: target)
            return manifest
        } catch {
            draft.abandon()
            throw error
        }
    }

    private func refuseExisting() throws(CommandFailure) {
        guard !target.isEmpty, !PrivateTree.exists(target) else {
            throw CommandFailure(.noInput, "\(target) is there already, and nothing is overwritten; give a new name")
        }
        guard let parent = BackupWriter.real(BackupDraft.parent(of: target)) else {
            throw CommandFailure(.noInput, "\(BackupDraft.parent(of: target)) is no directory; make it first")
        }
        guard let data = BackupWriter.real(source), parent != data, !parent.hasPrefix(data + "/") else {
            throw CommandFailure(
                .noInput,
                "\(target) would be inside of \(source), or that is no directory; give a place outside of it"
            )
        }
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private func fill(
        _ draft: String,
        _ progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(CommandFailure) -> BackupManifest {
        var uploads = UploadsCopy(of: source, in: draft)
        let (snapshot, instant) = try snapshot(&uploads)
        let accounts: [StoredAccount]?
        do throws(StorageError) {
            accounts = snapshot.isOfThisVersion ? try snapshot.accounts() : nil
            try snapshot.copy(to: "\(draft)/\(BackupContents.database)", progress: progress)
        } catch {
            throw CommandFailure(error)
        }
        // After the database: a key is made before anything is written that needs it.
        for name in BackupContents.secrets {
            try PrivateTree.copy("\(source)/\(name)", to: "\(draft)/\(name)")
        }
        let manifest = BackupManifest(
            instant: instant,
            schema: snapshot.schema,
            transactions: snapshot.transactions,
            files: try files(in: draft),
            accounts: accounts?.map(BackupAccount.init)
        )
        var text: [UInt8] = []
        manifest.json.write(to: &text)
        text.append(UInt8(ascii: "\n"))
        try PrivateTree.write(text, to: "\(draft)/\(BackupManifest.name)")
        return manifest
    }

    /// The database at a moment to which the copied uploads belong.
    private func snapshot(_ uploads: inout UploadsCopy) throws(CommandFailure) -> (StoreSnapshot, instant: String) {
        for _ in 0..<BackupWriter.attemptsMax {
            try uploads.update()
            let instant = SystemTime().now().rfc3339
            let snapshot: StoreSnapshot
            do throws(StorageError) {
                snapshot = try StoreSnapshot(directory: source)
            } catch {
                throw CommandFailure(error)
            }
            if try uploads.isCurrent() { return (snapshot, instant) }
            usleep(BackupWriter.attemptPause)
        }
        throw CommandFailure(
            .retryLater,
            "uploads change faster than they can be copied; try again when fewer files are on their way"
        )
    }

    /// What is in the draft, read again from the disk.
    private func files(in draft: String) throws(CommandFailure) -> [BackupManifest.File] {
        var paths = [BackupContents.database] + BackupContents.secrets
        for id in try PrivateTree.names(in: "\(draft)/\(BackupContents.uploads)") {
            let upload = "\(BackupContents.uploads)/\(id)"
            paths += try PrivateTree.names(in: "\(draft)/\(upload)").map { "\(upload)/\($0)" }
        }
        var files: [BackupManifest.File] = []
        for path in paths {
            guard let found = try PrivateTree.digest(of: "\(draft)/\(path)") else { continue }
            files.append(BackupManifest.File(path: path, bytes: found.bytes, digest: found.digest))
        }
        return files
    }
}
