import ActivationCore
import Glibc

/// Where uploads are kept: a directory for each, with what is known of it, its bytes, and its refused rows.
///
/// All of it waits for the disk; callers are on threads that may.
struct UploadFolder: Sendable {
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
        for name in DiskDirectory(path: path).names() {
            let bytes: [UInt8]?
            do throws(DiskFailure) {
                bytes = try DiskFile(path: path(.record, of: name)).read(bytesMax: UploadFolder.recordBytesMax)
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
    func make(_ upload: Upload) throws(DiskFailure) {
        let directory = DiskDirectory(path: path)
        try directory.make()
        try DiskDirectory(path: "\(path)/\(upload.id)").make()
        try DiskFile(path: path(.content, of: upload.id)).write([], at: 0, options: O_CREAT, durably: true)
        try save(upload)
        try directory.synchronize()
    }

    /// Cuts what is behind the first bytes off an upload's file: they were written, and nobody was told so.
    ///
    /// - Returns: Whether the file has so many bytes at all.
    func cut(_ id: String, to length: Int64) throws(DiskFailure) -> Bool {
        let file = open(path(.content, of: id), O_WRONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return length == 0 }
            throw DiskFailure(number: errno)
        }
        defer { close(file) }
        let end = lseek(file, 0, SEEK_END)
        guard end >= 0 else { throw DiskFailure(number: errno) }
        guard end > off_t(length) else { return end == off_t(length) }
        guard ftruncate(file, off_t(length)) == 0, fsync(file) == 0 else { throw DiskFailure(number: errno) }
        return true
    }

    /// Keeps what is known of an upload; whoever reads sees the old state or the new one.
    func save(_ upload: Upload) throws(DiskFailure) {
        let target = path(.record, of: upload.id)
        let draft = target + ".new"
        var text: [UInt8] = []
        upload.stored.write(to: &text)
        try DiskFile(path: draft).write(text, at: 0, options: O_CREAT | O_TRUNC, durably: true)
        guard rename(draft, target) == 0 else { throw DiskFailure(number: errno) }
        try DiskDirectory(path: "\(path)/\(upload.id)").synchronize()
    }

    /// Writes bytes of a file at a place, and makes them durable when asked.
    ///
    /// The content is made with the upload, so that bytes which come after it was removed find no file.
    func write(_ bytes: [UInt8], at offset: Int64, to file: File, of id: String, durably: Bool) throws(DiskFailure) {
        let options = file == .content ? 0 : O_CREAT
        try DiskFile(path: path(file, of: id)).write(bytes, at: offset, options: options, durably: durably)
    }

    /// Reads some bytes of a file; fewer where it ends.
    func read(_ file: File, of id: String, at offset: Int64, bytesMax: Int64) throws(DiskFailure) -> [UInt8] {
        try DiskFile(path: path(file, of: id)).read(at: offset, bytesMax: bytesMax)
    }

    /// Forgets an upload's bytes.
    func removeContent(of id: String) { unlink(path(.content, of: id)) }

    /// Forgets an upload: first, and durably, that there is one, which takes no room on the disk.
    func remove(_ id: String) throws(DiskFailure) {
        let directory = DiskDirectory(path: "\(path)/\(id)")
        guard unlink(path(.record, of: id)) == 0 || errno == ENOENT else { throw DiskFailure(number: errno) }
        if access(directory.path, F_OK) != 0 { return }
        try directory.synchronize()
        for name in directory.names() { unlink("\(directory.path)/\(name)") }
        rmdir(directory.path)
    }

    /// Forgets all uploads.
    func removeAll() {
        for name in DiskDirectory(path: path).names() { try? remove(name) }
        rmdir(path)
    }
}
