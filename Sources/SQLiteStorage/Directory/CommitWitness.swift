import ActivationEngine
import Synchronization

/// Remembers beside the database how many transactions were acknowledged, so that a database that has fewer, because
/// its log was lost or damaged or an older copy was put back, is noticed when it is opened.
///
/// Written after each transaction and never synced, so after power loss it may say less than was acknowledged; it
/// never says more.
final class CommitWitness: Sendable {
    /// The file's name in the data directory.
    static let fileName = "headwater.witness"

    private let file: OverwrittenFile
    /// The most that was noted; several may note at a time.
    private let noted = Mutex(Int64.min)

    /// Compares a database with what the witness says, and begins to note its transactions.
    ///
    /// - Throws: `corrupt` when the database has fewer transactions than the witness, or the witness cannot be read.
    init(directory: String, commits: Int64) throws(StorageError) {
        if let acknowledged = try Self.acknowledged(in: directory) {
            try Self.check(acknowledged, UInt64(max(commits, 0)), directory)
        }
        file = try OverwrittenFile(path: Self.path(in: directory), initial: Self.text(commits))
        note(commits)
    }

    private static func path(in directory: String) -> String { directory + "/" + fileName }

    /// How many transactions were acknowledged; nil when there is no witness.
    ///
    /// - Throws: `corrupt` when it cannot be read.
    static func acknowledged(in directory: String) throws(StorageError) -> UInt64? {
        guard let bytes = try OverwrittenFile.read(path(in: directory)) else { return nil }
        guard let acknowledged = number(in: bytes) else {
            throw StorageError(
                .corrupt,
                "\(path(in: directory)) is damaged, so it cannot tell whether the database is whole; look for a cause, then "
                    + "remove the file to open the database as it is"
            )
        }
        return acknowledged
    }

    /// Refuses a database that has fewer transactions than were acknowledged.
    static func check(_ acknowledged: UInt64, _ found: UInt64, _ directory: String) throws(StorageError) {
        guard acknowledged <= found else {
            throw StorageError(
                .corrupt,
                "headwater.db ends \(acknowledged - found) transactions before what was acknowledged "
                    + "(it has \(found), \(path(in: directory)) says \(acknowledged)): its log headwater.db-wal is missing or "
                    + "damaged, or an older copy was put back; restore both files, or run headwater restore-finish --data \(directory) "
                    + "to accept the loss"
            )
        }
    }

    /// Notes that so many transactions were acknowledged.
    ///
    /// The transaction is safe already: a witness that cannot be written says less than it could, and no harm is done.
    func note(_ commits: Int64) {
        noted.withLock { noted in
            guard commits > noted else { return }
            noted = commits
            try? file.write(Self.text(commits))
        }
    }

    private static let word = "commits "

    private static func text(_ commits: Int64) -> String {
        word + UInt64(max(commits, 0)).twentyDigits + "\n"
    }

    private static func number(in bytes: [UInt8]) -> UInt64? {
        guard bytes.starts(with: word.utf8), bytes.last == UInt8(ascii: "\n") else { return nil }
        return UInt64(twentyDigits: bytes.dropFirst(word.utf8.count).dropLast())
    }
}
