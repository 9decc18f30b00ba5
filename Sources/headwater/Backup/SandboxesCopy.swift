import ActivationServer
import Glibc
import SQLiteStorage

/// The sandboxes beside the default one, each copied as it is at a moment of its own while they are made, emptied and removed.
///
/// A directory is one life of a sandbox only as long as what the default one's store says of it is the same: it changes before
/// anything is removed and after everything is made. So a copy is of one life, and of one that the backup's default store
/// knows, when that store says of it what was said before the copy began.
struct SandboxesCopy {
    private let source: String
    private let target: String
    private var copied: [String: (stored: StoredSandbox, entry: BackupSandbox)] = [:]

    init(of directory: String, in backup: String) {
        source = directory
        target = backup
    }

    /// What the manifest says of them, in their order.
    func entries(of sandboxes: [StoredSandbox]) -> [BackupSandbox] {
        sandboxes.compactMap { copied[$0.sandbox.id]?.entry }
    }

    /// Whether exactly these were copied, as they are.
    func holds(_ sandboxes: [StoredSandbox]) -> Bool {
        sandboxes.count == copied.count && sandboxes.allSatisfy { copied[$0.sandbox.id]?.stored == $0 }
    }

    /// Copies what has changed since the last call; the first time all of it.
    mutating func update(progress: (_ bytes: Int64, _ total: Int64) -> Void) throws(CommandFailure) {
        let found = try StoredSandboxes.active(in: source)
        for (id, copy) in copied where !found.contains(copy.stored) {
            copied[id] = nil
            try PrivateTree.remove("\(target)/\(copy.stored.place)")
        }
        for sandbox in found where copied[sandbox.sandbox.id] == nil {
            do throws(CommandFailure) {
                copied[sandbox.sandbox.id] = (sandbox, try copy(sandbox, progress))
            } catch {
                try PrivateTree.remove("\(target)/\(sandbox.place)")
                // Its directory goes away below us when it is emptied or removed; the next look says what there is then.
                guard try StoredSandboxes.active(in: source).contains(sandbox) else { continue }
                throw CommandFailure(error.code, "the sandbox \(sandbox.sandbox.name): \(error.message)")
            }
        }
    }

    private func copy(
        _ sandbox: StoredSandbox,
        _ progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(CommandFailure) -> BackupSandbox {
        let (from, to) = ("\(source)/\(sandbox.place)", "\(target)/\(sandbox.place)")
        guard PrivateTree.exists("\(from)/\(BackupContents.database)") else {
            throw CommandFailure(
                .badInput,
                "\(from) has no database; put the directory back from an earlier backup, or delete the sandbox"
            )
        }
        try PrivateTree.make("\(target)/\(SandboxDirectories.name)")
        try PrivateTree.make(to)
        var copy = StoreCopy(of: from, in: to, secrets: BackupContents.sandboxSecrets)
        let (snapshot, instant) = try copy.moment()
        let store = try copy.take(snapshot, of: instant, progress: progress)
        try PrivateTree.synchronize(to)
        try PrivateTree.synchronize("\(target)/\(SandboxDirectories.name)")
        return BackupSandbox(id: sandbox.sandbox.id, name: sandbox.sandbox.name, store: store)
    }
}
