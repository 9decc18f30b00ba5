import ActivationEngine
import CommitLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The directory of the commit log's files, which only its owner may look into; it is made with the first file.
struct LogDirectory: LogVolume {
    let path: String

    func names() throws(StorageError) -> [String] {
        access(path, F_OK) == 0 ? try DataDirectory.names(in: path) : []
    }

    func create(_ name: String) throws(StorageError) -> any LogFile {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw DataDirectory.failure("the directory \(path) cannot be made")
        }
        return try SystemFile("\(path)/\(name)", O_CREAT | O_EXCL)
    }

    func open(_ name: String) throws(StorageError) -> any LogFile { try SystemFile("\(path)/\(name)") }

    func remove(_ name: String) throws(StorageError) {
        guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
            throw DataDirectory.failure("\(path)/\(name) cannot be removed")
        }
    }

    func synchronizeNames() throws(StorageError) {
        try DataDirectory.synchronize(path)
        // The directory itself may be new.
        try DataDirectory.synchronize(DataDirectory.parent(of: path))
    }
}

/// An open file of the system.
private final class SystemFile: LogFile {
    private let descriptor: Int32
    private let path: String

    init(_ path: String, _ flags: Int32 = 0) throws(StorageError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw DataDirectory.failure("\(path) cannot be opened") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func size() throws(StorageError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DataDirectory.failure("\(path) cannot be looked at") }
        return Int(status.st_size)
    }

    func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
        var hasFailed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, done in
            while done < count {
                let some = pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                if some < 0 && errno == EINTR { continue }
                hasFailed = some < 0
                if some <= 0 { break }
                done += some
            }
        }
        guard !hasFailed else { throw DataDirectory.failure("\(path) cannot be read") }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        let isWritten = bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let some = pwrite(
                    descriptor,
                    bytes.baseAddress.map { $0 + done },
                    bytes.count - done,
                    off_t(offset + done)
                )
                if some < 0 && errno == EINTR { continue }
                guard some > 0 else { return false }
                done += some
            }
            return true
        }
        guard isWritten else { throw DataDirectory.failure("\(path) cannot be written") }
    }

    func synchronize() throws(StorageError) {
        guard fdatasync(descriptor) == 0 else { throw DataDirectory.failure("\(path) cannot be made durable") }
    }
}
