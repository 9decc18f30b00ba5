package import ActivationCore
import ActivationEngine
import StorageCommon
import Synchronization

/// The file in a server's directory that says what a database elsewhere has acknowledged.
///
/// Written after each commit and never synced, as ``CommitWitness`` is: it may say less than was acknowledged, never more.
package final class DatabaseWitness: AcknowledgedBatches {
    /// The file's name in the directory.
    static let fileName = "database.witness"

    /// Each connection that writes has a place of its own.
    private static let places = 2

    private struct Noted {
        var store: UUIDBytes
        var batches: [Int64]
    }

    private let path: String
    private let file: OverwrittenFile
    private let noted: Mutex<Noted>

    /// Reads what the last process has noted.
    ///
    /// - Throws: `corrupt` when the file is none of ours; `io` or `full` when the system refuses.
    init(directory: String) throws(StorageError) {
        path = directory + "/" + Self.fileName
        let none = Noted(store: UUIDBytes(high: 0, low: 0), batches: Array(repeating: 0, count: Self.places))
        var read = none
        if let bytes = try OverwrittenFile.read(path) {
            guard let found = Self.noted(in: bytes) else {
                throw StorageError(
                    .corrupt,
                    "\(path) is damaged, so it cannot tell whether the database has all that it acknowledged; look for a cause, "
                        + "then remove the file to take the database as it is"
                )
            }
            read = found
        }
        noted = Mutex(read)
        file = try OverwrittenFile(path: path, initial: Self.text(none))
    }

    package func acknowledged(by writer: Int16, of store: UUIDBytes) -> Int64 {
        noted.withLock { $0.store == store ? $0.batches[Self.place(of: writer)] : 0 }
    }

    package func note(_ batch: Int64, by writer: Int16, of store: UUIDBytes) {
        noted.withLock { noted in
            if noted.store != store { noted = Noted(store: store, batches: Array(repeating: 0, count: Self.places)) }
            noted.batches[Self.place(of: writer)] = batch
            try? file.write(Self.text(noted))
        }
    }

    package var wayOut: String { "remove \(path) to accept the loss" }

    private static func place(of writer: Int16) -> Int { Int(writer.magnitude) % places }

    private static func text(_ noted: Noted) -> String {
        ([noted.store.description] + noted.batches.map { UInt64(max($0, 0)).twentyDigits }).joined(separator: " ")
            + "\n"
    }

    private static func noted(in bytes: [UInt8]) -> Noted? {
        let words = bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == places + 1, bytes.last == UInt8(ascii: "\n"),
            let store = UUIDBytes(String(decoding: words[0], as: UTF8.self))
        else { return nil }
        var batches: [Int64] = []
        for (index, word) in words.dropFirst().enumerated() {
            let digits = index == places - 1 ? word.dropLast() : word
            guard let number = UInt64(twentyDigits: digits), let batch = Int64(exactly: number) else { return nil }
            batches.append(batch)
        }
        return Noted(store: store, batches: batches)
    }
}
