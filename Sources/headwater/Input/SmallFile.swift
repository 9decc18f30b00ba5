import Glibc
import TextFiles

/// Small files that are read and replaced whole.
enum SmallFile {
    /// All bytes of a file.
    ///
    /// - Throws: When it cannot be read or is larger than `bytesMax`.
    static func contents(of path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(InputFailure) {
            let file = try InputFile(path: path)
            while bytes.count <= bytesMax, try file.read(into: &bytes) {}
        } catch {
            throw CommandFailure(error)
        }
        guard bytes.count <= bytesMax else {
            throw CommandFailure(.noInput, "\(path == "-" ? "standard input" : path) is larger than \(bytesMax) bytes")
        }
        return bytes
    }

    /// Writes beside the file and renames, so that a reader sees the old content or the new one.
    static func replace(_ path: String, with bytes: [UInt8]) throws(CommandFailure) {
        let draft = "\(path).new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create", draft) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress?.advanced(by: sent), bytes.count - sent) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                close(file)
                throw failure("write", draft)
            }
            sent += count
        }
        close(file)
        guard rename(draft, path) == 0 else { throw failure("put in place", path) }
    }

    private static func failure(_ verb: String, _ path: String) -> CommandFailure {
        CommandFailure(.unavailable, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
