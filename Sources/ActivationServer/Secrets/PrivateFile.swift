import FoundationEssentials
import Glibc

/// Small files that only their owner may read, written whole or not at all.
enum PrivateFile {
    /// The bytes of a file, or nil when there is none.
    ///
    /// - Throws: ``ServerStartError`` when it cannot be read or others may read it.
    static func read(_ path: String) throws(ServerStartError) -> [UInt8]? {
        guard let real = realpath(path, nil) else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { free(real) }
        let file = open(real, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open", path) }
        defer { close(file) }
        // Foundation is asked, because which module has the members of `stat` depends on what else is imported.
        let attributes = try? FileManager.default.attributesOfItem(atPath: String(cString: real))
        guard let mode = attributes?[.posixPermissions] as? UInt else {
            throw ServerStartError("cannot inspect \(path); give its owner the right to read it", cause: .file)
        }
        guard mode & 0o077 == 0 else {
            throw ServerStartError("\(path) may be read by others; run: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        var count = 0
        while count < bytesMax {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress?.advanced(by: count), bytesMax - count)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure("read", path) }
            if got == 0 { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }

    /// Takes a file away, for good when this returns; there may be none.
    static func remove(_ path: String) throws(ServerStartError) {
        guard unlink(path) == 0 else {
            if errno == ENOENT { return }
            throw failure("remove", path)
        }
        try synchronizeParent(of: path)
    }

    /// Puts a file in place by rename, so that a crash leaves the old one or the new one.
    static func write(_ bytes: [UInt8], to path: String) throws(ServerStartError) {
        let draft = "\(path).new"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create", draft) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let error = failure("write", draft)
                close(file)
                unlink(draft)
                throw error
            }
            sent += count
        }
        guard fsync(file) == 0, rename(draft, path) == 0 else {
            let error = failure("put in place", path)
            close(file)
            unlink(draft)
            throw error
        }
        close(file)
        // The rename itself lasts only once the directory is synced.
        try synchronizeParent(of: path)
    }

    private static func synchronizeParent(of path: String) throws(ServerStartError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open", parent) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("sync", parent) }
    }

    /// Keys and `admin.json` are far smaller.
    private static let bytesMax = 65_536

    private static func failure(_ verb: String, _ path: String) -> ServerStartError {
        ServerStartError("cannot \(verb) \(path)", systemError: errno)
    }
}
