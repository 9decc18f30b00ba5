import ActivationCore
import Glibc

/// Where the copies of people's data are kept: an encrypted file for each job, in pieces of one size.
///
/// All of it waits for the disk; callers are on threads that may.
struct PrivacyFolder: Sendable {
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
    private func resealed(of job: String) -> String { "\(path)/\(job).resealed" }

    private static func owner(of job: String, piece: Int64) -> String { "\(job) copy \(piece)" }

    /// Begins a copy, instead of one that was begun before.
    func begin(_ job: String) throws(DiskFailure) {
        try DiskDirectory(path: path).make()
        try DiskFile(path: draft(of: job)).write([], at: 0, options: O_CREAT | O_TRUNC, durably: false)
    }

    /// Adds a piece to a copy.
    func write(_ piece: [UInt8], at number: Int64, of job: String) throws(APIError) {
        let sealed = try box.seal(piece, owner: PrivacyFolder.owner(of: job, piece: number))
        do throws(DiskFailure) {
            try DiskFile(path: draft(of: job))
                .write(Array(sealed.utf8), at: number * Int64(PrivacyFolder.sealedBytes), durably: false)
        } catch {
            throw APIError(keeping: error)
        }
    }

    /// Makes a copy durable and puts it in its place.
    func finish(_ job: String) throws(DiskFailure) {
        try DiskFile(path: draft(of: job)).synchronize()
        guard rename(draft(of: job), path(of: job)) == 0 else { throw DiskFailure(number: errno) }
        try DiskDirectory(path: path).synchronize()
    }

    /// Whether there is a copy of a job.
    func has(_ job: String) -> Bool { access(path(of: job), R_OK) == 0 }

    /// A piece of a copy, in clear; nil when it is damaged, not there, or encrypted with another key.
    func piece(_ number: Int64, of job: String) throws(DiskFailure) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(DiskFailure) {
            let offset = number * Int64(PrivacyFolder.sealedBytes)
            bytes = try DiskFile(path: path(of: job)).read(at: offset, bytesMax: Int64(PrivacyFolder.sealedBytes))
        } catch {
            if error.number == ENOENT { return nil }
            throw error
        }
        return box.open(
            String(decoding: bytes, as: UTF8.self),
            owner: PrivacyFolder.owner(of: job, piece: number)
        )
    }

    /// Forgets the copy of a job, and one that was begun.
    func remove(_ job: String) {
        unlink(path(of: job))
        unlink(draft(of: job))
        unlink(resealed(of: job))
    }

    /// Seals the copy of a job anew if another key than the one in use has sealed any of it.
    ///
    /// - Returns: Whether it can be read; true also for none.
    func reseal(_ job: String) throws -> Bool {
        guard has(job) else { return true }
        let target = DiskFile(path: resealed(of: job))
        try target.write([], at: 0, options: O_CREAT | O_TRUNC, durably: false)
        defer { unlink(resealed(of: job)) }
        var (number, isChanged): (Int64, Bool) = (0, false)
        while true {
            let offset = number * Int64(PrivacyFolder.sealedBytes)
            let bytes = try DiskFile(path: path(of: job)).read(at: offset, bytesMax: Int64(PrivacyFolder.sealedBytes))
            if bytes.isEmpty { break }
            var text = String(decoding: bytes, as: UTF8.self)
            switch try box.resealed(text, owner: PrivacyFolder.owner(of: job, piece: number)) {
            case .current: break
            case .sealed(let new): (text, isChanged) = (new, true)
            case .unreadable: return false
            }
            try target.write(Array(text.utf8), at: offset, durably: false)
            number += 1
        }
        guard isChanged else { return true }
        try target.synchronize()
        guard rename(resealed(of: job), path(of: job)) == 0 else { throw DiskFailure(number: errno) }
        try DiskDirectory(path: path).synchronize()
        return true
    }

    /// The jobs of which there is a copy, whole or begun.
    func jobs() -> Set<String> {
        let names = DiskDirectory(path: path).names().map { String($0.prefix { $0 != "." }) }
        return Set(names.filter { UUIDBytes($0)?.description == $0 })
    }

    /// Forgets all of it.
    func removeAll() {
        for job in jobs() { remove(job) }
        rmdir(path)
    }
}
