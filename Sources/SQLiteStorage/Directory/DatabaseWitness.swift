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

    /// Each connection that writes has a place of its own, with its number, which may be another after a start.
    private static let places = 2

    private struct Batch {
        var writer: Int16 = 0
        var number: Int64 = 0
    }

    private struct Noted {
        var store = UUIDBytes(high: 0, low: 0)
        var batches = Array(repeating: Batch(), count: DatabaseWitness.places)
    }

    private let path: String
    private let file: OverwrittenFile
    private let noted: Mutex<Noted>

    /// Reads what the last process has noted.
    ///
    /// - Throws: `corrupt` when the file is none of ours; `io` or `full` when the system refuses.
    init(directory: String) throws(StorageError) {
        path = directory + "/" + Self.fileName
        var read = Noted()
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
        file = try OverwrittenFile(path: path, initial: Self.text(Noted()))
    }

    package func acknowledged(of store: UUIDBytes) -> [(writer: Int16, batch: Int64)] {
        noted.withLock { noted in
            noted.store == store ? noted.batches.filter { $0.number > 0 }.map { ($0.writer, $0.number) } : []
        }
    }

    package func note(_ batch: Int64, by writer: Int16, of store: UUIDBytes) {
        noted.withLock { noted in
            if noted.store != store { noted = Noted(store: store) }
            noted.batches[Int(writer.magnitude) % Self.places] = Batch(writer: writer, number: batch)
            try? file.write(Self.text(noted))
        }
    }

    package var wayOut: String { "remove \(path) to accept the loss" }

    private static func text(_ noted: Noted) -> String {
        let numbers = noted.batches.flatMap { [Int64($0.writer), $0.number] }
        return ([noted.store.description] + numbers.map { UInt64(max($0, 0)).twentyDigits }).joined(separator: " ")
            + "\n"
    }

    private static func noted(in bytes: [UInt8]) -> Noted? {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        let words = bytes.dropLast().split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2 * places + 1, let store = UUIDBytes(String(decoding: words[0], as: UTF8.self)) else {
            return nil
        }
        var noted = Noted(store: store)
        for place in 0..<places {
            guard let writer = UInt64(twentyDigits: words[2 * place + 1]).flatMap({ Int16(exactly: $0) }),
                let number = UInt64(twentyDigits: words[2 * place + 2]).flatMap({ Int64(exactly: $0) })
            else { return nil }
            noted.batches[place] = Batch(writer: writer, number: number)
        }
        return noted
    }
}
