import ActivationEngine

/// Remembers beside the database how many transactions were acknowledged, so that a database that has fewer, because
/// its log was lost or damaged or an older copy was put back, is noticed when it is opened.
///
/// Written after each transaction and never synced, so after power loss it may say less than was acknowledged; it
/// never says more.
final class CommitWitness: Sendable {
    /// The file's name in the data directory.
    static let fileName = "headwater.witness"

    private let file: OverwrittenFile

    /// Compares a database with what the witness says, and begins to note its transactions.
    ///
    /// - Throws: `corrupt` when the database has fewer transactions than the witness, or the witness cannot be read.
    init(directory: String, commits: Int64) throws(StorageError) {
        let path = directory + "/" + Self.fileName
        try Self.check(path, commits)
        file = try OverwrittenFile(path: path, initial: Self.text(commits))
        note(commits)
    }

    private static func check(_ path: String, _ commits: Int64) throws(StorageError) {
        guard let bytes = try OverwrittenFile.read(path) else { return }
        guard let acknowledged = number(in: bytes) else {
            throw StorageError(
                .corrupt,
                "\(path) is damaged, so it cannot tell whether the database is whole; look for a cause, then remove "
                    + "the file to open the database as it is"
            )
        }
        let found = UInt64(max(commits, 0))
        guard acknowledged <= found else {
            throw StorageError(
                .corrupt,
                "headwater.db ends \(acknowledged - found) transactions before what was acknowledged "
                    + "(it has \(found), \(path) says \(acknowledged)): its log headwater.db-wal is missing or "
                    + "damaged, or an older copy was put back; restore both files, or remove \(path) to accept the loss"
            )
        }
    }

    /// Notes that so many transactions were acknowledged.
    ///
    /// The transaction is safe already: a witness that cannot be written says less than it could, and no harm is done.
    func note(_ commits: Int64) {
        try? file.write(Self.text(commits))
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
