import Glibc

/// A directory in which a backup is written until it is whole, held by one process at a time.
///
/// What a process left that was killed is cleared by the next one that writes the same backup.
struct BackupDraft {
    /// The directory.
    let path: String
    private let lock: Int32

    private static let lockName = "lock"

    /// Makes the directory, or takes and clears what was left of an earlier one.
    init(_ path: String) throws(CommandFailure) {
        let isNew = mkdir(path, 0o700) == 0
        guard isNew || errno == EEXIST else { throw PrivateTree.failure("make the directory", path) }
        let names = try PrivateTree.names(in: path)
        guard names.isEmpty || names.contains(BackupDraft.lockName) else {
            throw CommandFailure(.noInput, "\(path) holds something else than a part of a backup; move it away")
        }
        lock = open("\(path)/\(BackupDraft.lockName)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw PrivateTree.failure("make", "\(path)/\(BackupDraft.lockName)") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw CommandFailure(.retryLater, "another process writes \(path); wait for it or give another name")
        }
        self.path = path
        for name in names where name != BackupDraft.lockName { try PrivateTree.remove("\(path)/\(name)") }
    }

    /// Gives the directory its own name.
    func complete(as target: String) throws(CommandFailure) {
        defer { close(lock) }
        guard unlink("\(path)/\(BackupDraft.lockName)") == 0 else {
            throw PrivateTree.failure("remove the lock of", path)
        }
        try PrivateTree.synchronize(path)
        // Fails when the name is taken by anything but an empty directory.
        guard rename(path, target) == 0 else { throw PrivateTree.failure("put in place", target) }
        try PrivateTree.synchronize(BackupDraft.parent(of: target))
    }

    /// Removes it.
    func abandon() {
        try? PrivateTree.remove(path)
        close(lock)
    }

    /// The directory in which a path's last part stands.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
