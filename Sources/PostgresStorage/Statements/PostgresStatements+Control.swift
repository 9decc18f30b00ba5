#if PostgreSQL
extension PostgresStatements {
    // MARK: Objects

    static let configurationVersion = PostgresStatement(
        "configuration_version",
        "SELECT changes, catalog FROM configuration WHERE scope = $1::int4"
    )
    static let beginConfiguration = PostgresStatement(
        "begin_configuration",
        "INSERT INTO configuration (scope, changes, catalog) VALUES ($1::int4, 0, 0) ON CONFLICT (scope) DO NOTHING"
    )
    /// Raises a version that is as it was expected to be.
    static let raiseConfiguration = PostgresStatement(
        "raise_configuration",
        """
        WITH raised AS (
            UPDATE configuration SET changes = changes + 1, catalog = catalog + $3::int8
            WHERE scope = $1::int4 AND changes = $2::int8 RETURNING 1
        )
        SELECT 1 / (SELECT count(*) FROM raised)::int4
        """
    )
    /// Makes sure that nobody has changed what a plan was decided by.
    static let checkCatalog = PostgresStatement(
        "check_catalog",
        "SELECT 1 / (SELECT count(*) FROM configuration WHERE scope = $1::int4 AND catalog = $2::int8)::int4"
    )
    /// Whoever holds the lanes lets no plan with records become durable.
    static let lockLanes = PostgresStatement("lock_lanes", "SELECT lane FROM lane ORDER BY lane FOR UPDATE")
    static let objects = PostgresStatement(
        "objects",
        """
        SELECT kind, id, etag, created_at, updated_at, body FROM control_object
        WHERE scope = $1::int4 AND kind = $2::bytea ORDER BY created_at, id
        """
    )
    static let object = PostgresStatement(
        "object",
        """
        SELECT kind, id, etag, created_at, updated_at, body FROM control_object
        WHERE scope = $1::int4 AND kind = $2::bytea AND id = $3::bytea
        """
    )
    static let insertObject = PostgresStatement(
        "insert_object",
        """
        INSERT INTO control_object (scope, kind, id, etag, created_at, updated_at, body)
        VALUES ($1::int4, $2::bytea, $3::bytea, $4::bytea, $5::int8, $6::int8, $7::bytea)
        """
    )
    static let updateObject = PostgresStatement(
        "update_object",
        """
        WITH changed AS (
            UPDATE control_object SET etag = $4::bytea, created_at = $5::int8, updated_at = $6::int8, body = $7::bytea
            WHERE scope = $1::int4 AND kind = $2::bytea AND id = $3::bytea AND etag = $8::bytea RETURNING 1
        )
        SELECT 1 / (SELECT count(*) FROM changed)::int4
        """
    )
    static let deleteObject = PostgresStatement(
        "delete_object",
        """
        WITH gone AS (
            DELETE FROM control_object WHERE scope = $1::int4 AND kind = $2::bytea AND id = $3::bytea AND etag = $4::bytea
            RETURNING 1
        )
        SELECT 1 / (SELECT count(*) FROM gone)::int4
        """
    )

    // MARK: History

    /// Where the history ends; whoever adds to it holds the row.
    static let chainHead = PostgresStatement(
        "chain_head",
        "SELECT head_sequence, head_digest FROM history_chain WHERE one FOR UPDATE"
    )
    static let setChainHead = PostgresStatement(
        "set_chain_head",
        "UPDATE history_chain SET head_sequence = $1::int8, head_digest = $2::bytea WHERE one"
    )
    static let setChainBase = PostgresStatement(
        "set_chain_base",
        """
        UPDATE history_chain SET base_sequence = $1::int8, base_digest = $2::bytea, base_changed_at = $3::int8,
            base_seal = $4::bytea
        WHERE one
        """
    )
    static let enterChanges = PostgresStatement(
        "enter_changes",
        """
        INSERT INTO configuration_change (
            scope, sequence, changed_at, author, way, request, action, kind, object, name, difference, outcome, sender,
            digest
        )
        SELECT $1::int4, n.* FROM unnest(
            $2::int8[], $3::int8[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[],
            $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[]
        ) AS n (
            sequence, changed_at, author, way, request, action, kind, object, name, difference, outcome, sender, digest
        )
        """
    )
    static let oldestChanges = PostgresStatement(
        "oldest_changes",
        "SELECT sequence, changed_at, digest FROM configuration_change ORDER BY sequence LIMIT $1::int8"
    )
    static let forgetChanges = PostgresStatement(
        "forget_changes",
        "DELETE FROM configuration_change WHERE sequence <= $1::int8"
    )
    private static let changeColumns = """
        sequence, changed_at, author, way, request, action, kind, object, name, difference, outcome, sender
        """
    /// A page of the history; what is not asked for is nothing.
    static let changes = PostgresStatement("changes", changes(where: ""))
    static let changesOfObject = PostgresStatement("changes_of_object", changes(where: "AND object = $7::bytea"))
    static let changesByAuthor = PostgresStatement("changes_by_author", changes(where: "AND author = $7::bytea"))
    static let changesOfKind = PostgresStatement("changes_of_kind", changes(where: "AND kind = $7::bytea"))

    private static func changes(where condition: String) -> String {
        """
        SELECT \(changeColumns) FROM configuration_change
        WHERE scope = $1::int4 AND sequence < $2::int8 \(condition)
            AND ($4::bytea[] IS NULL OR action = ANY ($4::bytea[])) AND ($5::bytea IS NULL OR kind = $5::bytea)
            AND ($6::bytea IS NULL OR author = $6::bytea)
        ORDER BY sequence DESC LIMIT $3::int8
        """
    }
    static let changeBounds = PostgresStatement(
        "change_bounds",
        "SELECT coalesce(min(sequence), 1), coalesce(max(sequence), 0) FROM configuration_change"
    )
    static let changeFrom = PostgresStatement(
        "change_from",
        """
        SELECT sequence, changed_at FROM configuration_change WHERE sequence >= $1::int8 ORDER BY sequence LIMIT 1
        """
    )

    // MARK: Alerts

    static let alertStandings = PostgresStatement(
        "alert_standings",
        "SELECT id, body FROM alert_standing WHERE scope = $1::int4 ORDER BY id"
    )
    static let putAlertStandings = PostgresStatement(
        "put_alert_standings",
        """
        INSERT INTO alert_standing (scope, id, body)
        SELECT $1::int4, n.id, n.body FROM unnest($2::bytea[], $3::bytea[]) AS n (id, body)
        ON CONFLICT (scope, id) DO UPDATE SET body = excluded.body
        """
    )
    static let removeAlertStandings = PostgresStatement(
        "remove_alert_standings",
        "DELETE FROM alert_standing WHERE scope = $1::int4 AND id = ANY ($2::bytea[])"
    )
    static let raiseAlertCounter = PostgresStatement(
        "raise_alert_counter",
        """
        INSERT INTO alert_counter (scope, entries, deliveries) VALUES ($1::int4, $2::int8, $3::int8)
        ON CONFLICT (scope) DO UPDATE SET
            entries = alert_counter.entries + excluded.entries,
            deliveries = alert_counter.deliveries + excluded.deliveries
        """
    )
    static let enterAlertEntries = PostgresStatement(
        "enter_alert_entries",
        """
        INSERT INTO alert_entry (scope, sequence, at, subject, body)
        SELECT $1::int4, c.entries - n.back, n.at, n.subject, n.body
        FROM alert_counter c, unnest($2::int8[], $3::int8[], $4::bytea[], $5::bytea[]) AS n (back, at, subject, body)
        WHERE c.scope = $1::int4
        """
    )
    static let enterAlertDeliveries = PostgresStatement(
        "enter_alert_deliveries",
        """
        INSERT INTO alert_delivery (scope, sequence, at, channel, due, body)
        SELECT $1::int4, c.deliveries - n.back, n.at, n.channel, n.due, n.body
        FROM alert_counter c,
            unnest($2::int8[], $3::int8[], $4::bytea[], $5::int8[], $6::bytea[]) AS n (back, at, channel, due, body)
        WHERE c.scope = $1::int4
        """
    )
    static let noteAlertAttempts = PostgresStatement(
        "note_alert_attempts",
        """
        UPDATE alert_delivery SET due = n.due, body = n.body
        FROM unnest($2::int8[], $3::int8[], $4::bytea[]) AS n (sequence, due, body)
        WHERE alert_delivery.scope = $1::int4 AND alert_delivery.sequence = n.sequence
        """
    )
    static let forgetAlertEntries = PostgresStatement(
        "forget_alert_entries",
        """
        DELETE FROM alert_entry WHERE scope = $1::int4 AND at < $2::int8 AND sequence <= (
            SELECT max(sequence) FROM (
                SELECT sequence FROM alert_entry WHERE scope = $1::int4 ORDER BY sequence LIMIT $3::int8
            ) AS first
        )
        """
    )
    static let forgetAlertDeliveries = PostgresStatement(
        "forget_alert_deliveries",
        """
        DELETE FROM alert_delivery WHERE scope = $1::int4 AND at < $2::int8 AND due IS NULL AND sequence <= (
            SELECT max(sequence) FROM (
                SELECT sequence FROM alert_delivery WHERE scope = $1::int4 ORDER BY sequence LIMIT $3::int8
            ) AS first
        )
        """
    )
    static let alertEntries = PostgresStatement(
        "alert_entries",
        """
        SELECT sequence, at, subject, body FROM alert_entry WHERE scope = $1::int4 AND sequence < $2::int8
        ORDER BY sequence DESC LIMIT $3::int8
        """
    )
    static let alertEntriesAbout = PostgresStatement(
        "alert_entries_about",
        """
        SELECT sequence, at, subject, body FROM alert_entry
        WHERE scope = $1::int4 AND sequence < $2::int8 AND subject = $4::bytea ORDER BY sequence DESC LIMIT $3::int8
        """
    )
    static let alertDeliveries = PostgresStatement(
        "alert_deliveries",
        """
        SELECT sequence, at, channel, due, body FROM alert_delivery WHERE scope = $1::int4 AND sequence < $2::int8
        ORDER BY sequence DESC LIMIT $3::int8
        """
    )
    static let alertDeliveriesBy = PostgresStatement(
        "alert_deliveries_by",
        """
        SELECT sequence, at, channel, due, body FROM alert_delivery
        WHERE scope = $1::int4 AND sequence < $2::int8 AND channel = $4::bytea ORDER BY sequence DESC LIMIT $3::int8
        """
    )
    /// A channel behind which nobody answers must not keep others from their turn.
    static let dueAlertDeliveries = PostgresStatement(
        "due_alert_deliveries",
        """
        SELECT sequence, at, channel, due, body FROM (
            SELECT sequence, at, channel, due, body, row_number() OVER (PARTITION BY channel ORDER BY sequence) AS place
            FROM alert_delivery WHERE scope = $1::int4 AND due <= $2::int8
        ) AS placed WHERE place <= $3::int8 ORDER BY sequence
        """
    )
}
#endif
