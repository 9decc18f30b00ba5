import ActivationCore
import ActivationEngine
import Crypto

/// The digests by which the history is a chain: each is SHA-256 of the digest before and of the whole entry.
///
/// So nobody can change an entry, take one out or turn two round without all digests after it being wrong, up to the last one,
/// which is kept beside the entries (``Migration/historyChain``).
enum HistoryChain {
    /// One entry, column by column.
    struct Entry {
        var sequence: Int64
        var scope: Int64
        var changedAt: Int64
        /// Author, way, request, action, kind, object, name, difference; then, where there is either, outcome and sender.
        var texts: [[UInt8]]
    }

    /// The last entry that has gone since its time was over.
    struct Base {
        var sequence: Int64
        var digest: [UInt8]
        var changedAt: Int64

        /// Of all of it, so that no part of it is changed alone.
        var seal: [UInt8] {
            HistoryChain.digest(of: Entry(sequence: sequence, scope: 0, changedAt: changedAt, texts: []), after: digest)
        }

        /// Whether its time was over when an entry of some instant was made.
        func isOver(at newest: Int64) -> Bool {
            changedAt <= ConfigurationChange.oldest(keptAt: Timestamp(milliseconds: newest)).milliseconds
        }
    }

    /// What stands for the digest before the first entry.
    static let beginning = [UInt8](repeating: 0, count: SHA256.byteCount)

    /// Reads all entries in their order, with their digests last.
    static let query = """
        SELECT sequence, scope, changed_at, author, way, request, action, kind, object, name, difference, digest,
            outcome, sender
        FROM configuration_change ORDER BY sequence
        """

    /// Whether a row of ``query`` has the types that are written and the scope of a sandbox that there is: a digest knows bytes
    /// alone, and what has other types is not found by those who look for it.
    static func isOfItsTypes(_ row: Statement) -> Bool {
        (0...2).allSatisfy { row.isInteger($0) } && (3...13).allSatisfy { row.isBytes($0) }
            && row.integer(1) == Scope.production.rawValue
    }

    /// The digest of an entry.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - previous: The digest of the one before it.
    /// - Returns: 32 bytes.
    static func digest(of entry: Entry, after previous: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: previous)
        for number in [entry.sequence, entry.scope, entry.changedAt] { hash.update(bytesOf: number) }
        for text in entry.texts {
            // With its length, so that no byte can go over into the next column.
            hash.update(bytesOf: Int64(text.count))
            hash.update(data: text)
        }
        return Array(hash.finalize())
    }
}

extension HistoryChain.Entry {
    /// The entry of a row of ``HistoryChain/query``.
    init(_ row: Statement) {
        self.init(withoutOutcome: row)
        add(outcome: row.bytes(12), sender: row.bytes(13))
    }

    /// The entry of a row that was written before there were outcomes and senders.
    init(withoutOutcome row: Statement) {
        sequence = row.integer(0)
        scope = row.integer(1)
        changedAt = row.integer(2)
        texts = (3...10).map { row.bytes($0) }
    }

    /// Digests of entries that have neither stay as they were.
    private mutating func add(outcome: [UInt8], sender: [UInt8]) {
        if !outcome.isEmpty || !sender.isEmpty { texts += [outcome, sender] }
    }

    init(_ change: ConfigurationChange, sequence: Int64, scope: Scope) {
        self.sequence = sequence
        self.scope = scope.rawValue
        changedAt = change.changedAt.milliseconds
        texts =
            [
                change.author.name, change.author.way.rawValue, change.author.requestID ?? "", change.action.rawValue,
                change.kind, change.id, change.name,
            ].map { Array($0.utf8) } + [change.difference]
        add(outcome: Array(change.outcome.rawValue.utf8), sender: Array((change.author.sender ?? "").utf8))
    }
}

extension SHA256 {
    fileprivate mutating func update(bytesOf number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { update(bufferPointer: $0) }
    }
}

extension StoreSnapshot {
    /// Whether the history is as it was written, and if not, where it begins to be otherwise.
    func historyFinding() throws(StorageError) -> StoreFinding {
        let tried = "the chain of the history"
        func broken(_ found: String) -> StoreFinding {
            StoreFinding(
                "history",
                .fault,
                tried: tried,
                found: found,
                advice:
                    "somebody or something changed the database beside the server: keep it as it is, and compare it with a backup"
            )
        }
        let chain = try connection.prepare(
            """
            SELECT base_sequence, base_digest, head_sequence, head_digest, base_changed_at, base_seal,
                (SELECT seq FROM sqlite_sequence WHERE name = 'configuration_change')
            FROM history_chain
            """
        )
        guard try chain.next() else { return broken("the row that tells where the chain ends is missing") }
        let isTyped = [0, 2].allSatisfy { chain.isInteger($0) } && [1, 3].allSatisfy { chain.isBytes($0) }
        let (base, end) = ((chain.integer(0), chain.bytes(1)), (chain.integer(2), chain.bytes(3)))
        let gone: HistoryChain.Base? =
            chain.isInteger(4) ? HistoryChain.Base(sequence: base.0, digest: base.1, changedAt: chain.integer(4)) : nil
        let (seal, given) = (chain.bytes(5), chain.integer(6))
        let rows = try connection.prepare(HistoryChain.query)
        var (last, digest, count, newest) = (base.0, base.1, Int64(0), Int64.min)
        while try rows.next() {
            // Before any column is read: reading makes another type of it.
            let isTyped = HistoryChain.isOfItsTypes(rows)
            let entry = HistoryChain.Entry(rows)
            guard isTyped, HistoryChain.digest(of: entry, after: digest) == rows.bytes(11) else {
                return broken(
                    entry.sequence > last &+ 1
                        ? "entries \(last &+ 1) to \(entry.sequence &- 1) are missing, or entry \(entry.sequence) is not as it was written"
                        : "entry \(entry.sequence) is not as it was written"
                )
            }
            (last, digest) = (entry.sequence, rows.bytes(11))
            count += 1
            newest = max(newest, entry.changedAt)
        }
        guard isTyped, digest == end.1, last == end.0 else {
            return broken(
                last < end.0
                    ? "entries \(last &+ 1) to \(end.0) are missing" : "where the chain ends is not as it was written"
            )
        }
        // SQLite notes the greatest number that it ever gave.
        guard given == end.0 else {
            return broken(
                given > end.0
                    ? "entries \(end.0 &+ 1) to \(given) are missing"
                    : "the number of the last entry is \(end.0), and SQLite gave none after \(given)"
            )
        }
        let isFromTheBeginning = base.0 == 0 && base.1 == HistoryChain.beginning
        // The entry for which others went is there.
        guard gone.map({ count > 0 && $0.seal == seal && $0.isOver(at: newest) }) ?? isFromTheBeginning else {
            return broken(
                "entries up to \(base.0) are missing whose time was not over, or where the chain begins was changed"
            )
        }
        return StoreFinding("history", tried: tried, found: "\(count) entries, unbroken to entry \(last)")
    }
}
