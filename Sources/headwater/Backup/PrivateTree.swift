import Crypto
import FoundationEssentials
import Glibc
import TextFiles

/// Files and directories that only their owner may read, copied and made durable.
enum PrivateTree {
    private static let windowBytes = 1 << 20

    /// Whether there is anything with this name.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The names in a directory in their order; none where there is no directory.
    static func names(in path: String) throws(CommandFailure) -> [String] {
        guard exists(path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw failure("read the directory", path, .unavailable)
        }
    }

    /// Makes a directory.
    static func make(_ path: String) throws(CommandFailure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("make the directory", path) }
    }

    /// Removes a file, or a directory with all that is in it.
    static func remove(_ path: String) throws(CommandFailure) {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw failure("remove", path, .unavailable)
        }
    }

    /// Writes a small file.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("make", path) }
        defer { close(file) }
        try write(bytes[...], to: file, path)
        guard fsync(file) == 0 else { throw failure("make durable", path) }
    }

    /// Copies a file, and makes the copy durable.
    ///
    /// - Parameters:
    ///   - source: The file.
    ///   - target: The copy; what it has already of the file stays.
    ///   - limit: Bytes of the file that are copied, at most.
    /// - Returns: The bytes of the copy and the digest of what this call copied; nil when there is no such file.
    /// - Throws: ``CommandFailure`` when one of them cannot be read or written.
    @discardableResult
    static func copy(
        _ source: String,
        to target: String,
        upTo limit: Int64 = .max
    ) throws(CommandFailure) -> (bytes: Int64, digest: String)? {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard input >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", source)
        }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure("make", target) }
        defer { close(output) }
        let place = lseek(output, 0, SEEK_END)
        guard place >= 0, lseek(input, place, SEEK_SET) == place else { throw failure("read", source) }
        var (left, copied) = (max(limit - Int64(place), 0), Int64(place))
        var hash = SHA256()
        while left > 0 {
            let window = try read(input, source, bytesMax: Int(min(left, Int64(windowBytes))))
            if window.isEmpty { break }
            try write(window[...], to: output, target)
            hash.update(data: window)
            left -= Int64(window.count)
            copied += Int64(window.count)
        }
        guard fsync(output) == 0 else { throw failure("make durable", target) }
        return (copied, hash.finalize().hexadecimal)
    }

    /// What a file holds; nil when there is none.
    static func digest(of path: String) throws(CommandFailure) -> (bytes: Int64, digest: String)? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { close(file) }
        var hash = SHA256()
        var bytes: Int64 = 0
        while true {
            let window = try read(file, path, bytesMax: windowBytes)
            if window.isEmpty { return (bytes, hash.finalize().hexadecimal) }
            hash.update(data: window)
            bytes += Int64(window.count)
        }
    }

    /// Makes a directory's list of names survive power loss.
    static func synchronize(_ directory: String) throws(CommandFailure) {
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open", directory) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("make durable", directory) }
    }

    private static func read(_ file: Int32, _ path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
        var window = [UInt8](repeating: 0, count: bytesMax)
        while true {
            let count = window.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            return count == bytesMax ? window : Array(window.prefix(count))
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: Int32, _ path: String) throws(CommandFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    /// The system's last error, with what was tried.
    static func failure(_ verb: String, _ path: String) -> CommandFailure {
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(errno)
        return CommandFailure(
            isFull ? .retryLater : .unavailable,
            "cannot \(verb) \(path): \(String(cString: strerror(errno)))"
        )
    }

    private static func failure(_ verb: String, _ path: String, _ code: CommandFailure.Code) -> CommandFailure {
        CommandFailure(code, "cannot \(verb) \(path); check its owner and permissions")
    }
}
