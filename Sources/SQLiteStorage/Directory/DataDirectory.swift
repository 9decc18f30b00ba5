import ActivationEngine
import CommitLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The directory that holds everything, made private and held by one process at a time.
final class DataDirectory: Sendable {
    /// The directory.
    let path: String
    /// The database file in it.
    var databasePath: String { path + "/" + Self.databaseName }
    static let databaseName = "headwater.db"
    /// The files of the commit log.
    var logVolume: LogDirectory { Self.logVolume(of: path) }

    /// The files of a directory's commit log.
    static func logVolume(of path: String) -> LogDirectory { LogDirectory(path: path + "/" + logName) }
    private static let logName = "log"

    /// The files that hold values of profiles.
    var valueVolume: LogDirectory { Self.valueVolume(of: path) }

    /// The files of a directory that hold values of profiles.
    static func valueVolume(of path: String) -> LogDirectory { LogDirectory(path: path + "/" + valuesName) }
    private static let valuesName = "values"

    /// What of a directory is the store, the database first; all else belongs to the server.
    static let storeNames = [
        databaseName, databaseName + "-wal", databaseName + "-shm", logName, valuesName, CommitWitness.fileName,
        RestorationMark.fileName,
    ]
    private let lock: Int32

    /// Makes the directory and the database file if need be, readable by their owner only, and takes the lock.
    ///
    /// - Parameters:
    ///   - path: The directory.
    ///   - makesStore: Whether a store is made where there is none; else nothing is made.
    /// - Throws: `locked` when another process, or this one, has it open already; `notAStore` when it holds something
    ///   else, or when there is no store and none is to be made.
    init(path: String, makesStore: Bool = true) throws(StorageError) {
        self.path = path
        if makesStore {
            try Self.makeDirectory(path)
            try Self.refuseForeignDirectory(path)
        } else {
            try Self.refuseMissingStore(path)
        }
        try Self.refuseCopiedStore(path)
        // Without a lock file nobody is at work here, and what is refused gets none.
        if access(path + "/lock", F_OK) != 0 { try Self.refuseLostDatabase(path) }
        lock = try Self.takeLock(path)
        do throws(StorageError) {
            try Self.refuseLostDatabase(path)
            if access(databasePath, F_OK) != 0 { try Self.hideFromGit(path) }
            // SQLite gives its log files the permissions of the database file, so that one is made first.
            try Self.makePrivateFile(path + "/" + Self.databaseName)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit {
        // Closing gives the lock back; the file stays, so that nobody locks one that is being removed.
        close(lock)
    }

    static func makeDirectory(_ path: String) throws(StorageError) {
        guard !path.isEmpty else { throw StorageError(.notAStore, "the name of the directory is empty; give a path") }
        if mkdir(path, 0o700) == 0 {
            return try synchronize(parent(of: path))
        }
        guard errno == EEXIST else { throw failure("the directory \(path) cannot be made") }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError(.io, "\(path) is not a directory; give another path")
        }
    }

    /// What stands in a directory only after a first start.
    private static let tracesOfUse = [
        "headwater.db-wal", "headwater.db-shm", CommitWitness.fileName, RestorationMark.fileName, FileLifeSign.fileName,
        "token.key", "data.key", "suppression.key", "admin.json",
    ]

    /// What may stand in a directory before a first start: what one that failed early left behind, and what a file system
    /// puts into the root of a new volume.
    static let namesOfNoUse = ["lock", ".gitignore", "lost+found"] + DatabaseWitness.fileNames

    /// Tells git to leave everything here alone: a new directory may stand in somebody's checkout, and keys and people's
    /// data must not be published by `git add`.
    static func hideFromGit(_ path: String) throws(StorageError) {
        let name = path + "/.gitignore"
        let file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("\(name) cannot be opened") }
        defer { close(file) }
        let text = "*\n"
        guard pwrite(file, text, text.utf8.count, 0) == text.utf8.count else {
            throw failure("\(name) cannot be written")
        }
    }

    /// Refuses a directory with anybody else's files, before anything of ours is written among them.
    static func refuseForeignDirectory(_ path: String) throws(StorageError) {
        if hasTraces(path) { return }
        let others = try names(in: path).filter { !namesOfNoUse.contains($0) }.sorted()
        guard let first = others.first else { return }
        throw StorageError(
            .notAStore,
            "the directory \(path) holds \(first)\(others.count > 1 ? " and \(others.count - 1) more" : "") "
                + "and no store of Headwater; give an empty directory or a new one"
        )
    }

    /// Refuses a directory that no server was ever started on.
    static func refuseMissingStore(_ path: String) throws(StorageError) {
        if hasTraces(path) { return }
        // A directory that nobody may look into may be one.
        if access(path, F_OK) == 0 { _ = try names(in: path) }
        throw StorageError(
            .notAStore,
            "\(path) is not a server's directory; give the one that headwater serve was started with"
        )
    }

    private static func hasTraces(_ path: String) -> Bool {
        ([databaseName] + tracesOfUse).contains { access(path + "/" + $0, F_OK) == 0 }
    }

    static func names(in path: String) throws(StorageError) -> [String] {
        guard let listing = opendir(path) else { throw failure("the directory \(path) cannot be read") }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Refuses a directory that was in use and has no database any more: a new one in its place would look like a loss
    /// of everything, and SQLite would throw the log away.
    private static func refuseLostDatabase(_ path: String) throws(StorageError) {
        var status = stat()
        if stat(path + "/" + databaseName, &status) == 0 && status.st_size > 0 { return }
        let traces = tracesOfUse.filter { access(path + "/" + $0, F_OK) == 0 }
        if traces.isEmpty { return }
        throw StorageError(
            .corrupt,
            "\(path)/\(databaseName) is missing or empty, but \(traces.joined(separator: ", ")) show that the directory "
                + "was in use: restore the database from a backup, or move these files away to begin anew"
        )
    }

    /// Refuses a directory whose store was copied into a database, or is just about to have been.
    static func refuseCopiedStore(_ path: String) throws(StorageError) {
        let aside = path + "/" + StoreDeparture.asideName
        if StoreDeparture.isWaiting(path) {
            throw StorageError(
                .notAStore,
                "copying the store of \(path) into a database was interrupted: run headwater copy again, which finds out how far it "
                    + "came; or remove \(aside) to go on with the files that are here"
            )
        }
        guard access(path + "/" + databaseName, F_OK) != 0, access(aside + "/" + databaseName, F_OK) == 0 else {
            return
        }
        throw StorageError(
            .notAStore,
            "the store of \(path) was copied into a database: name that with --database; its files of before are in \(aside)"
        )
    }

    /// Refuses a database that ends within a page, which SQLite would take for a page with zeros at its end.
    ///
    /// A log that holds anything may hold that page too: it was being copied then.
    func checkEnd(pageBytes: Int) throws(StorageError) {
        var database = stat()
        var log = stat()
        guard stat(databasePath, &database) == 0, pageBytes > 0, Int(database.st_size) % pageBytes != 0 else { return }
        if stat(databasePath + "-wal", &log) == 0 && log.st_size > 0 { return }
        throw StorageError(.corrupt, "\(databasePath) was cut within a page; restore it from a backup")
    }

    static func takeLock(_ path: String) throws(StorageError) -> Int32 {
        let file = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("the lock file in \(path) cannot be opened") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let error = failure("the lock file in \(path) cannot be locked")
            let holder = isHeld ? processNumber(in: file) : ""
            close(file)
            guard isHeld else { throw error }
            throw StorageError(.locked, "the directory \(path) is in use\(holder); stop it or give another directory")
        }
        let text = "\(getpid())\n"
        guard ftruncate(file, 0) == 0, pwrite(file, text, text.utf8.count, 0) == text.utf8.count else {
            let error = failure("the lock file in \(path) cannot be written")
            close(file)
            throw error
        }
        return file
    }

    /// Who is at work in a directory, in words that follow "in use"; nil when nobody is.
    ///
    /// Nothing is made or changed.
    static func holder(of path: String) -> String? {
        let file = open(path + "/lock", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // Closing gives back what was taken here.
        guard flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return processNumber(in: file)
    }

    private static func processNumber(in file: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(file, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(count, 0)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? " by another process" : " by process \(String(decoding: digits, as: UTF8.self))"
    }

    /// Makes an empty file with access for its owner only, or takes others' access away from an existing one.
    static func makePrivateFile(_ path: String) throws(StorageError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("\(path) cannot be opened") }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw failure("\(path) cannot be made private") }
    }

    /// Makes an empty file with access for its owner only, and fails when there is one already.
    static func makeNewPrivateFile(_ path: String) throws(StorageError) {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("\(path) cannot be made") }
        close(file)
    }

    /// Gives files to the owner of the directory they are in, when this process is root and that is somebody else.
    static func handOver(_ names: [String], in directory: String) throws(StorageError) {
        var status = stat()
        guard geteuid() == 0, stat(directory, &status) == 0, status.st_uid != 0 else { return }
        for name in names where lchown(directory + "/" + name, status.st_uid, status.st_gid) != 0 {
            throw failure("\(directory)/\(name) cannot be given to the directory's owner")
        }
    }

    /// Removes a file that is of no use; that it stays would be no harm.
    static func remove(_ path: String) {
        unlink(path)
    }

    /// Makes a file, or a directory's list of names, survive power loss.
    static func synchronize(_ path: String) throws(StorageError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("\(path) cannot be opened") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("\(path) cannot be made durable") }
    }

    /// The directory in which a path's last part stands.
    static func parent(of path: String) -> String {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a write over the process's file size limit fail with an error, where it would end the process by a signal.
    static func reportFileSizeLimitAsError() {
        signal(SIGXFSZ, SIG_IGN)
    }

    /// The system's last error, with what was tried.
    static func failure(_ what: String) -> StorageError {
        let number = errno
        let code: StorageError.Code = [ENOSPC, EDQUOT, EFBIG].contains(number) ? .full : .io
        return StorageError(code, "\(what): \(String(cString: strerror(number))); check path, owner and space")
    }
}
