import Glibc

/// A directory in which a backup is written until it is whole, held by one process at a time.
///
/// What a process left that was killed is cleared by the next one that writes the same backup: a directory with a lock in it that
/// nobody holds. The lock is the first thing in it and the last that goes.
final class BackupDraft {
    /// The directory.
    let path: String
    /// Held as long as this is there.
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
        let lock = open("\(path)/\(BackupDraft.lockName)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw PrivateTree.failure("make", "\(path)/\(BackupDraft.lockName)") }
        (self.path, self.lock) = (path, lock)
        // Whoever had it may have put it in place, or removed it, since it was opened.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, BackupDraft.isOpen(lock, at: "\(path)/\(BackupDraft.lockName)")
        else {
            throw CommandFailure(.retryLater, "another process writes \(path); wait for it or give another name")
        }
        try clear()
    }

    deinit { close(lock) }

    /// Gives the directory its own name.
    func complete(as target: String) throws(CommandFailure) {
        try PrivateTree.synchronize(path)
        // Fails when the name is taken by anything but an empty directory.
        guard rename(path, target) == 0 else { throw PrivateTree.failure("put in place", target) }
        try PrivateTree.synchronize(BackupDraft.parent(of: target))
        // With its own name it is whole, and a lock that stayed in it says nothing.
        unlink("\(target)/\(BackupDraft.lockName)")
    }

    /// Removes it.
    func abandon() {
        // What stays of it the next one clears.
        guard (try? clear()) != nil else { return }
        try? PrivateTree.remove(path)
    }

    private func clear() throws(CommandFailure) {
        for name in try PrivateTree.names(in: path) where name != BackupDraft.lockName {
            try PrivateTree.remove("\(path)/\(name)")
        }
    }

    /// Whether an open file is the one that has a name.
    private static func isOpen(_ file: Int32, at path: String) -> Bool {
        var (held, named) = (stat(), stat())
        return fstat(file, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
    }

    /// The directory in which a path's last part stands.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
