import ActivationEngine
import StorageCommon

extension Migration {
    /// The history as a chain, in which nothing can be changed or removed without notice.
    static let historyChain = Migration(
        number: 14,
        sql: """
            -- Of the entry and of the digest of the one before it (HistoryChain).
            ALTER TABLE configuration_change ADD COLUMN digest BLOB NOT NULL DEFAULT x'';

            -- One row: up to where entries have gone since their time was over, and the last one.
            CREATE TABLE history_chain (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                base_sequence INTEGER NOT NULL,
                base_digest BLOB NOT NULL,
                head_sequence INTEGER NOT NULL,
                head_digest BLOB NOT NULL
            );
            """,
        fill: chainHistory
    )

    /// Chains what there is.
    private static func chainHistory(
        _ connection: Connection,
        _ report: (String) -> Void
    ) throws(StorageError) {
        let entries = try connection.prepare(
            """
            SELECT sequence, scope, changed_at, author, way, request, action, kind, object, name, difference
            FROM configuration_change ORDER BY sequence
            """
        )
        let update = try connection.prepare("UPDATE configuration_change SET digest = ?2 WHERE sequence = ?1")
        var digest = HistoryChain.beginning
        while try entries.next() {
            let entry = HistoryChain.Entry(withoutOutcome: entries)
            digest = HistoryChain.digest(of: entry, after: digest)
            update.bind(1, entry.sequence)
            update.bind(2, digest)
            try update.run()
        }
        let chain = try connection.prepare(
            """
            INSERT INTO history_chain (id, base_sequence, base_digest, head_sequence, head_digest) VALUES (
                1, 0, ?1, ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'configuration_change'), 0), ?2
            )
            """
        )
        chain.bind(1, HistoryChain.beginning)
        chain.bind(2, digest)
        try chain.run()
    }
}
