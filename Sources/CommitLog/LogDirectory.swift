package import ActivationEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A directory of the system that only its owner may look into.
package struct LogDirectory: LogVolume {
    private let path: String

    /// Takes a directory; it is made with the first file.
    package init(path: String) {
        self.path = path
    }

    package func names() throws(StorageError) -> [String] {
        guard let listing = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .ofSystem("the directory \(path) cannot be read")
        }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
            )
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    package func create(_ name: String) throws(StorageError) -> any LogFile {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .ofSystem("the directory \(path) cannot be made")
        }
        return try file(name, O_CREAT | O_EXCL)
    }

    package func open(_ name: String) throws(StorageError) -> any LogFile { try file(name, 0) }

    private func file(_ name: String, _ flags: Int32) throws(StorageError) -> SystemFile {
        let path = "\(path)/\(name)"
        let descriptor = openFile(path, O_RDWR | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw .ofSystem("\(path) cannot be opened") }
        return SystemFile(descriptor, path)
    }

    package func remove(_ name: String) throws(StorageError) {
        guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
            throw .ofSystem("\(path)/\(name) cannot be removed")
        }
    }

    package func synchronizeNames() throws(StorageError) {
        try synchronize(path)
        // The directory itself may be new.
        try synchronize(parent)
    }

    private func synchronize(_ path: String) throws(StorageError) {
        let directory = openFile(path, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw .ofSystem("\(path) cannot be opened") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .ofSystem("\(path) cannot be made durable") }
    }

    /// The directory in which this one stands.
    private var parent: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// The system's call, of which ``LogVolume/open(_:)`` takes the name.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 { open(path, flags, mode) }

/// An open file of the system.
private final class SystemFile: LogFile {
    private let descriptor: Int32
    private let path: String

    init(_ descriptor: Int32, _ path: String) {
        (self.descriptor, self.path) = (descriptor, path)
    }

    deinit { close(descriptor) }

    func size() throws(StorageError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .ofSystem("\(path) cannot be looked at") }
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
        guard !hasFailed else { throw .ofSystem("\(path) cannot be read") }
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
        guard isWritten else { throw .ofSystem("\(path) cannot be written") }
    }

    func synchronize() throws(StorageError) {
        guard fdatasync(descriptor) == 0 else { throw .ofSystem("\(path) cannot be made durable") }
    }
}

extension StorageError {
    /// The system's last error, with what was tried.
    fileprivate static func ofSystem(_ what: String) -> StorageError {
        let number = errno
        let code: StorageError.Code = [ENOSPC, EDQUOT, EFBIG].contains(number) ? .full : .io
        return StorageError(code, "\(what): \(String(cString: strerror(number))); check path, owner and space")
    }
}
