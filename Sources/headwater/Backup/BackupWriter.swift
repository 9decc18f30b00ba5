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

    init(of source: String, to target: String) {
        self.source = source
        var target = target
        while target.utf8.count > 1, target.hasSuffix("/") { target.removeLast() }
        self.target = target
    }

    /// Writes it.
    ///
    /// - Parameter progress: Told how many bytes of one database of how many are copied; the databases come one by one.
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
        let keys = try DataKeyCopy(of: source)
        var store = StoreCopy(of: source, in: draft, secrets: BackupContents.secrets)
        var copy = SandboxesCopy(of: source, in: draft)
        let (snapshot, instant, sandboxes) = try moment(&store, &copy, progress)
        let taken = try store.take(snapshot, of: instant, progress: progress)
        try keys.complete(draft)
        let manifest = BackupManifest(
            store: taken,
            sandboxes: copy.entries(of: sandboxes),
            files: try files(in: draft)
        )
        var text: [UInt8] = []
        manifest.json.write(to: &text)
        text.append(UInt8(ascii: "\n"))
        try PrivateTree.write(text, to: "\(draft)/\(BackupManifest.name)")
        return manifest
    }

    /// The default sandbox's database at a moment at which the others are those that were copied.
    ///
    /// It comes last: what it says of them is then what they were while they were copied.
    private func moment(
        _ store: inout StoreCopy,
        _ copy: inout SandboxesCopy,
        _ progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(CommandFailure) -> (StoreSnapshot, instant: String, sandboxes: [StoredSandbox]) {
        for _ in 0..<StoreCopy.attemptsMax {
            try copy.update(progress: progress)
            let (snapshot, instant) = try store.moment()
            let sandboxes: [StoredSandbox]
            do throws(StorageError) {
                sandboxes = try snapshot.sandboxes().filter(\.isActive)
            } catch {
                throw CommandFailure(error)
            }
            if copy.holds(sandboxes) { return (snapshot, instant, sandboxes) }
            usleep(StoreCopy.attemptPause)
        }
        throw CommandFailure(
            .retryLater,
            "sandboxes are made, reset or deleted faster than they can be copied; try again when it is quieter"
        )
    }

    /// What is in the draft, read again from the disk.
    private func files(in draft: String) throws(CommandFailure) -> [BackupManifest.File] {
        var paths = try BackupWriter.places(in: draft, BackupContents.secrets)
        for id in try PrivateTree.names(in: "\(draft)/\(SandboxDirectories.name)") {
            let place = "\(SandboxDirectories.name)/\(id)"
            paths += try BackupWriter.places(in: "\(draft)/\(place)", BackupContents.sandboxSecrets)
                .map { "\(place)/\($0)" }
        }
        var files: [BackupManifest.File] = []
        for path in paths {
            guard let found = try PrivateTree.digest(of: "\(draft)/\(path)") else { continue }
            files.append(BackupManifest.File(path: path, bytes: found.bytes, digest: found.digest))
        }
        return files
    }

    /// Where files of one store may be in its copy.
    private static func places(in copy: String, _ secrets: [String]) throws(CommandFailure) -> [String] {
        var paths = [BackupContents.database] + secrets
        for id in try PrivateTree.names(in: "\(copy)/\(BackupContents.uploads)") {
            let upload = "\(BackupContents.uploads)/\(id)"
            paths += try PrivateTree.names(in: "\(copy)/\(upload)").map { "\(upload)/\($0)" }
        }
        return paths
    }
}
