import ActivationCore
import ActivationEngine
import Synchronization

/// A file of the last batches that a database has acknowledged, one for each connection that writes.
///
/// Written after each commit and never synced, as ``CommitWitness`` is: it may say less than was acknowledged, never more.
final class NotedBatches: Sendable {
    private struct Batch {
        var writer: Int16 = 0
        var number: Int64 = 0
    }

    private struct Noted {
        var store = UUIDBytes(high: 0, low: 0)
        var batches: [Batch]
    }

    private let places: Int
    private let file: OverwrittenFile
    private let noted: Mutex<Noted>

    /// Reads what the last process has noted.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - places: How many connections it has room for.
    /// - Throws: `corrupt` when the file is none of ours; `io` or `full` when the system refuses.
    init(path: String, places: Int) throws(StorageError) {
        self.places = places
        let nothing = Noted(batches: Array(repeating: Batch(), count: places))
        var read = nothing
        // Whoever was ended while the file was made has noted nothing.
        if let bytes = try OverwrittenFile.read(path), !bytes.isEmpty {
            guard let found = Self.noted(in: bytes, places: places) else {
                throw StorageError(
                    .corrupt,
                    "\(path) is damaged, so it cannot tell whether the database has all that it acknowledged; look for a cause, "
                        + "then remove the file to take the database as it is"
                )
            }
            read = found
        }
        noted = Mutex(read)
        file = try OverwrittenFile(path: path, initial: Self.text(nothing))
    }

    /// The store of which something was noted last; zeros where nothing was.
    var store: UUIDBytes { noted.withLock { $0.store } }

    /// The last batches of writers that a store has acknowledged.
    func acknowledged(of store: UUIDBytes) -> [(writer: Int16, batch: Int64)] {
        noted.withLock { noted in
            noted.store == store ? noted.batches.filter { $0.number > 0 }.map { ($0.writer, $0.number) } : []
        }
    }

    /// Notes a batch of the writer that has a place.
    func note(_ batch: Int64, by writer: Int16, at place: Int, of store: UUIDBytes) {
        noted.withLock { noted in
            if noted.store != store { noted = Noted(store: store, batches: Array(repeating: Batch(), count: places)) }
            guard noted.batches.indices.contains(place) else { return }
            noted.batches[place] = Batch(writer: writer, number: batch)
            try? file.write(Self.text(noted))
        }
    }

    private static func text(_ noted: Noted) -> String {
        let numbers = noted.batches.flatMap { [Int64($0.writer), $0.number] }
        return ([noted.store.description] + numbers.map { UInt64(max($0, 0)).twentyDigits }).joined(separator: " ")
            + "\n"
    }

    private static func noted(in bytes: [UInt8], places: Int) -> Noted? {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        let words = bytes.dropLast().split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2 * places + 1, let store = UUIDBytes(String(decoding: words[0], as: UTF8.self)) else {
            return nil
        }
        var noted = Noted(store: store, batches: [])
        for place in 0..<places {
            guard let writer = UInt64(twentyDigits: words[2 * place + 1]).flatMap({ Int16(exactly: $0) }),
                let number = UInt64(twentyDigits: words[2 * place + 2]).flatMap({ Int64(exactly: $0) })
            else { return nil }
            noted.batches.append(Batch(writer: writer, number: number))
        }
        return noted
    }
}
