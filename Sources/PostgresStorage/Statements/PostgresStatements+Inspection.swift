#if PostgreSQL
/// What an inspection asks: it reads tables from end to end, and what PostgreSQL says of itself, which other engines need not have.
extension PostgresStatements {
    // MARK: The server

    /// Settings as they are, and as a connection has them that asks for no others.
    static let serverSettings = PostgresStatement(
        "server_settings",
        "SELECT name, setting, reset_val FROM pg_settings WHERE convert_to(name, 'UTF8') = ANY ($1::bytea[])"
    )
    static let standbys = PostgresStatement(
        "standbys",
        "SELECT application_name, sync_state FROM pg_stat_replication ORDER BY application_name"
    )
    /// Who keeps the server from clearing away what others have changed; nothing stands for an instant that may not be seen.
    static let longTransactions = PostgresStatement(
        "long_transactions",
        """
        SELECT pid, application_name, xact_start, CURRENT_TIMESTAMP FROM pg_stat_activity
        WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
            AND coalesce(backend_type, '') NOT IN ('walsender', 'autovacuum worker')
        UNION ALL SELECT NULL::int4, gid, prepared, CURRENT_TIMESTAMP FROM pg_prepared_xacts
        """
    )
    static let replicationSlots = PostgresStatement(
        "replication_slots",
        "SELECT slot_name, active, wal_status FROM pg_replication_slots ORDER BY slot_name"
    )
    static let deadRows = PostgresStatement(
        "dead_rows",
        """
        SELECT relname, n_live_tup, n_dead_tup FROM pg_stat_user_tables
        WHERE schemaname = convert_from($1::bytea, 'UTF8') ORDER BY relname
        """
    )
    static let schemas = PostgresStatement("schemas", "SELECT nspname FROM pg_namespace ORDER BY nspname")

    // MARK: Profiles

    /// Numbers that stand in no sandbox's dictionary.
    static let strayNumbers = PostgresStatement(
        "stray_numbers",
        """
        SELECT (SELECT count(*) FROM path WHERE scope <> $1::int4) + (SELECT count(*) FROM dataset WHERE scope <> $1::int4)
        """
    )
    /// The profiles of all scopes in the order of their keys; a long value is asked for alone.
    static let inspectedProfiles = PostgresStatement(
        "inspected_profiles",
        """
        SELECT row, id, revision, due, CASE WHEN octet_length(value) <= $5::int4 THEN value END, scope, shard
        FROM profile WHERE (scope, row, shard) > ($1::int4, $2::int8, $3::int2) ORDER BY scope, row, shard LIMIT $4::int8
        """
    )
    /// A long value, wherever its row was put.
    static let inspectedValue = PostgresStatement(
        "inspected_value",
        "SELECT value FROM profile WHERE scope = $1::int4 AND row = $2::int8 AND shard = $3::int2"
    )
    /// How many events profiles have, in the order asked for.
    static let eventCounts = PostgresStatement(
        "event_counts",
        """
        SELECT n.place, count(*) FROM unnest($1::int8[]) WITH ORDINALITY AS n (profile, place)
        JOIN event e ON e.shard = (n.profile & 255)::int2 AND e.profile = n.profile GROUP BY n.place
        """
    )
    static let countEvents = PostgresStatement("count_events", "SELECT count(*) FROM event")
    static let countIdentities = PostgresStatement("count_identities", "SELECT count(*) FROM identity")
    static let lostIdentities = PostgresStatement(
        "lost_identities",
        """
        SELECT count(*) FROM identity i
        WHERE NOT EXISTS (SELECT 1 FROM profile p WHERE p.scope = i.scope AND p.row = i.profile)
        """
    )

    // MARK: Books

    static let lanes = PostgresStatement("lanes", "SELECT lane, last, profiles FROM lane ORDER BY lane")
    static let inspectedOutbox = PostgresStatement(
        "inspected_outbox",
        "SELECT lane, dataflow, count(*), min(row), max(row) FROM outbox GROUP BY lane, dataflow"
    )
    static let inspectedDeadLetters = PostgresStatement(
        "inspected_dead_letters",
        "SELECT lane, dataflow, count(*), min(row), max(row) FROM dead_letter GROUP BY lane, dataflow"
    )
    static let inspectedBooks = PostgresStatement(
        "inspected_books",
        "SELECT dataflow, sum(rows)::int8, \(summedCounters) FROM book GROUP BY dataflow"
    )
    static let inspectedDeliveries = PostgresStatement(
        "inspected_deliveries",
        "SELECT dataflow, count(*), min(row), max(row) FROM delivery GROUP BY dataflow"
    )
    /// Those whose deliveries are their own by an entry that says they are another's.
    static let ownHeirs = PostgresStatement(
        "own_heirs",
        "SELECT count(*) FROM heir WHERE absorbed = survivor"
    )
    static let inspectedMarks = PostgresStatement(
        "inspected_marks",
        """
        SELECT (SELECT count(*) FROM resume_mark),
            (SELECT count(*) FROM resume_mark m WHERE NOT EXISTS (SELECT 1 FROM dataflow f WHERE f.number = m.dataflow))
        """
    )
    static let lastErasure = PostgresStatement("last_erasure", "SELECT max(number) FROM erasure")

    // MARK: Configuration

    static let inspectedObjects = PostgresStatement(
        "inspected_objects",
        """
        SELECT scope, kind, id, body FROM control_object
        WHERE (scope, kind, id) > ($1::int4, $2::bytea, $3::bytea) ORDER BY scope, kind, id LIMIT $4::int8
        """
    )
    static let chainEnds = PostgresStatement(
        "chain_ends",
        """
        SELECT base_sequence, base_digest, base_changed_at, base_seal, head_sequence, head_digest
        FROM history_chain WHERE one
        """
    )
    static let inspectedChanges = PostgresStatement(
        "inspected_changes",
        """
        SELECT sequence, scope, changed_at, author, way, request, action, kind, object, name, difference, outcome, sender,
            digest
        FROM configuration_change WHERE sequence > $1::int8 ORDER BY sequence LIMIT $2::int8
        """
    )
}
#endif
