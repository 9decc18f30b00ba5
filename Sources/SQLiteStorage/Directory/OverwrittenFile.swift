import ActivationEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A short file that is written over in place again and again: once it is there it needs no room, and whoever ends the
/// process at any time leaves the old text or the new one.
///
/// Not made durable at every writing: after power loss an older text may stand there.
final class OverwrittenFile: Sendable {
    private let path: String
    private let file: Int32

    /// Opens the file, and makes it when it is not there.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - initial: What stands in a new file, durably.
    /// - Throws: `io` or `full` when the system refuses.
    init(path: String, initial: String) throws(StorageError) {
        self.path = path
        let isNew = access(path, F_OK) != 0
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DataDirectory.failure("\(path) cannot be opened") }
        guard isNew else { return }
        do throws(StorageError) {
            try write(initial)
            try synchronize()
            try DataDirectory.synchronize(DataDirectory.parent(of: path))
        } catch {
            unlink(path)
            close(file)
            throw error
        }
    }

    deinit {
        close(file)
    }

    /// The text of a file, nil when there is none; a longer one than anybody writes here comes cut.
    static func read(_ path: String) throws(StorageError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 && errno == ENOENT { return nil }
        guard file >= 0 else { throw DataDirectory.failure("\(path) cannot be opened") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count >= 0 else { throw DataDirectory.failure("\(path) cannot be read") }
        return Array(bytes.prefix(count))
    }

    /// Writes over what stands there; every text must have the same length.
    func write(_ text: String) throws(StorageError) {
        guard pwrite(file, text, text.utf8.count, 0) == text.utf8.count else {
            throw DataDirectory.failure("\(path) cannot be written")
        }
    }

    /// Makes what stands there survive power loss.
    func synchronize() throws(StorageError) {
        guard fsync(file) == 0 else { throw DataDirectory.failure("\(path) cannot be made durable") }
    }
}

extension UInt64 {
    /// Twenty digits, as many as the largest number has.
    var twentyDigits: String {
        let digits = String(self)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }

    /// Reads what ``twentyDigits`` writes; nil for anything else.
    init?(twentyDigits bytes: some Collection<UInt8>) {
        guard bytes.count == 20, bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        self.init(String(decoding: bytes, as: UTF8.self))
    }
}
