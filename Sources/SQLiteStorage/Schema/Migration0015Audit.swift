import ActivationCore
import ActivationEngine
import StorageCommon

extension Migration {
    /// What came of what the history tells, and from where; and what it tells beside changes of the configuration.
    static let audit = Migration(
        number: 15,
        sql: """
            -- Both are empty in entries of before, which were allowed; their digests do not cover them.
            ALTER TABLE configuration_change ADD COLUMN outcome BLOB NOT NULL DEFAULT x'';
            ALTER TABLE configuration_change ADD COLUMN sender BLOB NOT NULL DEFAULT x'';

            -- Changes of the configuration are few among the rest: they have indexes of their own.
            CREATE INDEX configuration_change_made ON configuration_change (scope)
                WHERE action IN (x'637265617465', x'757064617465', x'64656c657465');
            DROP INDEX configuration_change_author;
            CREATE INDEX configuration_change_author ON configuration_change (scope, author)
                WHERE action IN (x'637265617465', x'757064617465', x'64656c657465');
            CREATE INDEX configuration_change_actor ON configuration_change (scope, author);
            CREATE INDEX configuration_change_action ON configuration_change (scope, action);

            -- When the last entry was made that has gone, and a digest of all that tells of it (HistoryChain); NULL while none has.
            ALTER TABLE history_chain ADD COLUMN base_changed_at INTEGER;
            ALTER TABLE history_chain ADD COLUMN base_seal BLOB;
            """,
        fill: sealBase
    )

    /// Where entries have gone already nobody knows when the last of them was made: long enough ago.
    private static func sealBase(
        _ connection: Connection,
        _ report: (String) -> Void
    ) throws(StorageError) {
        let row = try connection.prepare(
            """
            SELECT base_sequence, base_digest, (SELECT max(changed_at) FROM configuration_change) FROM history_chain
            WHERE base_sequence > 0
            """
        )
        guard try row.next() else { return }
        let newest = Timestamp(milliseconds: row.integer(2))
        let base = HistoryChain.Base(
            sequence: row.integer(0),
            digest: row.bytes(1),
            changedAt: ConfigurationChange.oldest(keptAt: newest).milliseconds
        )
        row.reset()
        let update = try connection.prepare("UPDATE history_chain SET base_changed_at = ?1, base_seal = ?2")
        update.bind(1, base.changedAt)
        update.bind(2, base.seal)
        try update.run()
    }
}
