import ActivationEngine

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
            """
    )
}
