import ActivationCore
import Glibc

/// Where uploads are kept: a directory for each, with what is known of it, its bytes, and its refused rows.
///
/// All of it waits for the disk; callers are on threads that may.
struct UploadFolder: Sendable {
    /// Why a file cannot be kept.
    struct Failure: Error {
        /// The error's number.
        var number: Int32
        /// What the system says.
        var reason: String { String(cString: strerror(number)) }
        /// Whether there is no room.
        var isFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(number) }
    }

    /// The directory of all uploads.
    let path: String

    /// A file of one upload.
    enum File: String {
        case record = "upload.json"
        case content
        case refusals = "refused.csv"
    }

    /// Bytes of what is known of an upload, far above what there is.
    private static let recordBytesMax: Int64 = 1 << 20

    /// Where a file of an upload is.
    func path(_ file: File, of id: String) -> String { "\(path)/\(id)/\(file.rawValue)" }

    /// What is kept: the uploads, and the names of those of which nobody can tell what they are.
    ///
    /// What has no record goes: its upload was removed, or nobody was told that there is one.
    func load() -> (uploads: [Upload], damaged: [String]) {
        var (uploads, damaged): ([Upload], [String]) = ([], [])
        for name in names(in: path) {
            let bytes: [UInt8]?
            do throws(Failure) {
                bytes = try contents(of: path(.record, of: name), bytesMax: UploadFolder.recordBytesMax)
            } catch {
                if error.number == ENOENT { try? remove(name) }
                if error.number == ENOENT || error.number == ENOTDIR { continue }
                bytes = nil
            }
            if let stored = bytes.flatMap({ try? JSONValue(parsing: $0) }), let upload = Upload(stored: stored),
                upload.id == name
            {
                uploads.append(upload)
            } else {
                damaged.append(name)
            }
        }
        return (uploads, damaged)
    }

    /// Makes room for a new upload and keeps what is known of it.
    func make(_ upload: Upload) throws(Failure) {
        for directory in [path, "\(path)/\(upload.id)"] where mkdir(directory, 0o700) != 0 && errno != EEXIST {
            throw Failure(number: errno)
        }
        try write([], at: 0, to: path(.content, of: upload.id), options: O_CREAT)
        try save(upload)
        try synchronize(directory: path)
    }

    /// Cuts what is behind the first bytes off an upload's file: they were written, and nobody was told so.
    ///
    /// - Returns: Whether the file has so many bytes at all.
    func cut(_ id: String, to length: Int64) throws(Failure) -> Bool {
        let file = open(path(.content, of: id), O_WRONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return length == 0 }
            throw Failure(number: errno)
        }
        defer { close(file) }
        let end = lseek(file, 0, SEEK_END)
        guard end >= 0 else { throw Failure(number: errno) }
        guard end > off_t(length) else { return end == off_t(length) }
        guard ftruncate(file, off_t(length)) == 0, fsync(file) == 0 else { throw Failure(number: errno) }
        return true
    }

    /// Keeps what is known of an upload; whoever reads sees the old state or the new one.
    func save(_ upload: Upload) throws(Failure) {
        let target = path(.record, of: upload.id)
        let draft = target + ".new"
        var text: [UInt8] = []
        upload.stored.write(to: &text)
        try write(text, at: 0, to: draft, options: O_CREAT | O_TRUNC)
        guard rename(draft, target) == 0 else { throw Failure(number: errno) }
        try synchronize(directory: "\(path)/\(upload.id)")
    }

    /// Writes bytes of a file at a place, and makes them durable when asked.
    ///
    /// The content is made with the upload, so that bytes which come after it was removed find no file.
    func write(_ bytes: [UInt8], at offset: Int64, to file: File, of id: String, durably: Bool) throws(Failure) {
        let options = file == .content ? 0 : O_CREAT
        try write(bytes, at: offset, to: path(file, of: id), options: options, durably: durably)
    }

    /// Reads some bytes of a file; fewer where it ends.
    func read(_ file: File, of id: String, at offset: Int64, bytesMax: Int64) throws(Failure) -> [UInt8] {
        try contents(of: path(file, of: id), at: offset, bytesMax: bytesMax)
    }

    /// Forgets an upload's bytes.
    func removeContent(of id: String) { unlink(path(.content, of: id)) }

    /// Forgets an upload: first, and durably, that there is one, which takes no room on the disk.
    func remove(_ id: String) throws(Failure) {
        let directory = "\(path)/\(id)"
        guard unlink(path(.record, of: id)) == 0 || errno == ENOENT else { throw Failure(number: errno) }
        if access(directory, F_OK) != 0 { return }
        try synchronize(directory: directory)
        for name in names(in: directory) { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    /// Forgets all uploads.
    func removeAll() {
        for name in names(in: path) { try? remove(name) }
        rmdir(path)
    }

    private func write(
        _ bytes: [UInt8],
        at offset: Int64,
        to path: String,
        options: Int32 = 0,
        durably: Bool = true
    ) throws(Failure) {
        let file = open(path, O_WRONLY | O_CLOEXEC | options, 0o600)
        guard file >= 0 else { throw Failure(number: errno) }
        defer { close(file) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(file, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, off_t(offset) + off_t(sent))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(number: count == 0 ? EIO : errno) }
            sent += count
        }
        guard !durably || fsync(file) == 0 else { throw Failure(number: errno) }
    }

    private func synchronize(directory: String) throws(Failure) {
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(number: errno) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw Failure(number: errno) }
    }

    private func contents(of path: String, at offset: Int64 = 0, bytesMax: Int64) throws(Failure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(number: errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Int(bytesMax))
        let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(offset)) }
        guard count >= 0 else { throw Failure(number: errno) }
        return Array(bytes.prefix(count))
    }

    private func names(in path: String) -> [String] {
        guard let listing = opendir(path) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
