import ActivationCore
import Glibc

/// Where the copies of people's data are kept: an encrypted file for each job, in pieces of one size.
///
/// All of it waits for the disk; callers are on threads that may.
struct PrivacyFolder: Sendable {
    typealias Failure = UploadFolder.Failure

    /// The directory of all copies.
    let path: String
    /// Encrypts them.
    let box: SecretBox

    /// Bytes of a piece; the last one has fewer.
    static let pieceBytes = 262_144
    /// Characters of a whole piece as it is stored: nonce and tag beside it, in Base64.
    private static let sealedBytes = (pieceBytes + 28) * 4 / 3 + ((pieceBytes + 28) * 4 % 3 == 0 ? 0 : 1)

    /// Where the copy of a job is.
    func path(of job: String) -> String { "\(path)/\(job)" }
    private func draft(of job: String) -> String { "\(path)/\(job).new" }

    private static func owner(of job: String, piece: Int64) -> String { "\(job) copy \(piece)" }

    /// Begins a copy, instead of one that was begun before.
    func begin(_ job: String) throws(Failure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failure(number: errno) }
        let file = open(draft(of: job), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(number: errno) }
        close(file)
    }

    /// Adds a piece to a copy.
    func write(_ piece: [UInt8], at number: Int64, of job: String) throws(APIError) {
        let sealed = try box.seal(piece, owner: PrivacyFolder.owner(of: job, piece: number))
        do throws(Failure) {
            try append(Array(sealed.utf8), at: number * Int64(PrivacyFolder.sealedBytes), of: job)
        } catch {
            throw APIError(keeping: error)
        }
    }

    private func append(_ bytes: [UInt8], at offset: Int64, of job: String) throws(Failure) {
        let file = open(draft(of: job), O_WRONLY | O_CLOEXEC)
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
    }

    /// Makes a copy durable and puts it in its place.
    func finish(_ job: String) throws(Failure) {
        try synchronize(draft(of: job), O_RDONLY)
        guard rename(draft(of: job), path(of: job)) == 0 else { throw Failure(number: errno) }
        try synchronize(path, O_RDONLY | O_DIRECTORY)
    }

    private func synchronize(_ path: String, _ options: Int32) throws(Failure) {
        let file = open(path, options | O_CLOEXEC)
        guard file >= 0 else { throw Failure(number: errno) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw Failure(number: errno) }
    }

    /// Whether there is a copy of a job.
    func has(_ job: String) -> Bool { access(path(of: job), R_OK) == 0 }

    /// A piece of a copy, in clear; nil when it is damaged, not there, or encrypted with another key.
    func piece(_ number: Int64, of job: String) throws(Failure) -> [UInt8]? {
        let file = open(path(of: job), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw Failure(number: errno)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: PrivacyFolder.sealedBytes)
        var count = 0
        while count < bytes.count {
            let offset = off_t(number) * off_t(PrivacyFolder.sealedBytes) + off_t(count)
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(file, buffer.baseAddress?.advanced(by: count), buffer.count - count, offset)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Failure(number: errno) }
            if got == 0 { break }
            count += got
        }
        return box.open(
            String(decoding: bytes.prefix(count), as: UTF8.self),
            owner: PrivacyFolder.owner(of: job, piece: number)
        )
    }

    /// Forgets the copy of a job, and one that was begun.
    func remove(_ job: String) {
        unlink(path(of: job))
        unlink(draft(of: job))
    }

    /// The jobs of which there is a copy, whole or begun.
    func jobs() -> Set<String> {
        guard let listing = opendir(path) else { return [] }
        defer { closedir(listing) }
        var jobs: Set<String> = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            let job = String(name.prefix { $0 != "." })
            if UUIDBytes(job)?.description == job { jobs.insert(job) }
        }
        return jobs
    }

    /// Forgets all of it.
    func removeAll() {
        for job in jobs() { remove(job) }
        rmdir(path)
    }
}
