import Glibc

/// A file that is written and read at places.
///
/// All of it waits for the disk; callers are on threads that may.
struct DiskFile {
    /// Where it is.
    let path: String

    /// Writes bytes at a place.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - offset: The place.
    ///   - options: How the file is opened beside that, such as `O_CREAT`; one that is made is its owner's alone.
    ///   - durably: Whether they are on the disk when this returns.
    /// - Throws: Why they cannot be written.
    func write(_ bytes: [UInt8], at offset: Int64, options: Int32 = 0, durably: Bool) throws(DiskFailure) {
        let file = try open(O_WRONLY | options)
        defer { close(file) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(file, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, off_t(offset) + off_t(sent))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DiskFailure(number: count == 0 ? EIO : errno) }
            sent += count
        }
        guard !durably || fsync(file) == 0 else { throw DiskFailure(number: errno) }
    }

    /// Reads bytes at a place; fewer where the file ends.
    func read(at offset: Int64 = 0, bytesMax: Int64) throws(DiskFailure) -> [UInt8] {
        let file = try open(O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Int(bytesMax))
        var got = 0
        while got < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(file, buffer.baseAddress?.advanced(by: got), buffer.count - got, off_t(offset) + off_t(got))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw DiskFailure(number: errno) }
            if count == 0 { break }
            got += count
        }
        return Array(bytes.prefix(got))
    }

    /// Makes what was written durable.
    func synchronize() throws(DiskFailure) {
        let file = try open(O_RDONLY)
        defer { close(file) }
        guard fsync(file) == 0 else { throw DiskFailure(number: errno) }
    }

    /// Opens it, for whoever closes it.
    func open(_ options: Int32) throws(DiskFailure) -> Int32 {
        let file = Glibc.open(path, options | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DiskFailure(number: errno) }
        return file
    }
}
