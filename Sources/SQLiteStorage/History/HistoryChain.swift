import ActivationCore
import ActivationEngine
import StorageCommon

extension HistoryChain {
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
}

extension HistoryChain.Entry {
    /// The entry of a row of ``HistoryChain/query``.
    init(_ row: Statement) {
        self.init(withoutOutcome: row)
        add(outcome: row.bytes(12), sender: row.bytes(13))
    }

    /// The entry of a row that was written before there were outcomes and senders.
    init(withoutOutcome row: Statement) {
        self.init(
            sequence: row.integer(0),
            scope: row.integer(1),
            changedAt: row.integer(2),
            texts: (3...10).map { row.bytes($0) }
        )
    }
}

extension StoreSnapshot {
    /// Whether the history is as it was written, and if not, where it begins to be otherwise.
    func historyFinding() throws(StorageError) -> StoreFinding {
        let chain = try connection.prepare(
            """
            SELECT base_sequence, base_digest, head_sequence, head_digest, base_changed_at, base_seal,
                (SELECT seq FROM sqlite_sequence WHERE name = 'configuration_change')
            FROM history_chain
            """
        )
        guard try chain.next() else {
            return HistoryWalk.broken("the row that tells where the chain ends is missing")
        }
        let isTyped = [0, 2].allSatisfy { chain.isInteger($0) } && [1, 3].allSatisfy { chain.isBytes($0) }
        let changedAt: Int64? = chain.isInteger(4) ? chain.integer(4) : nil
        let ends = HistoryWalk.Ends(
            base: (chain.integer(0), chain.bytes(1)),
            baseChangedAt: changedAt,
            baseSeal: chain.bytes(5),
            head: (chain.integer(2), chain.bytes(3))
        )
        let given = chain.integer(6)
        var walk = HistoryWalk(ends)
        let rows = try connection.prepare(HistoryChain.query)
        while try rows.next() {
            // Before any column is read: reading makes another type of it.
            let isTyped = HistoryChain.isOfItsTypes(rows)
            let entry = HistoryChain.Entry(rows)
            if let fault = walk.follow(entry, rows.bytes(11), isPossible: isTyped) { return walk.finding(fault) }
        }
        return walk.finding(
            walk.wrongEnd(isPossible: isTyped) ?? wrongNumber(given, last: ends.head.sequence) ?? walk.wrongBeginning
        )
    }

    /// SQLite notes the greatest number that it ever gave.
    private func wrongNumber(_ given: Int64, last: Int64) -> String? {
        guard given != last else { return nil }
        return given > last
            ? "entries \(last &+ 1) to \(given) are missing"
            : "the number of the last entry is \(last), and SQLite gave none after \(given)"
    }
}
