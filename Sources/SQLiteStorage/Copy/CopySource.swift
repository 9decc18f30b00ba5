/// What SQLite has of the tables that are copied, column by column.
///
/// Counters that stand under an empty id here stand under sixteen zeros elsewhere; so does the count of profiles, which has a column of
/// its own here.
enum CopySource {
    /// The text for each table but those that are read otherwise.
    static let texts: [String: String] = [
        "path": "SELECT scope, id, parent, name FROM path",
        "dataset": "SELECT scope, id, name FROM dataset",
        "dataflow": "SELECT number, id, scope FROM dataflow",
        "identity": """
        SELECT i.scope, n.symbol, i.value, i.profile FROM identity i LEFT JOIN namespace n ON n.number = i.namespace
        """,
        "event": "SELECT profile, id, timestamp, dataset, body FROM event",
        "outbox": "SELECT \(record) FROM outbox",
        "dead_letter": "SELECT \(record), code, message, parked_at FROM dead_letter",
        "resume_mark": "SELECT dataflow, profile, merge_policy, reasons FROM resume_mark",
        "book": """
        SELECT number, (
            SELECT count(*) FROM outbox
            WHERE row BETWEEN number << \(RowSpace.outboxBits) AND (number << \(RowSpace.outboxBits)) | \(RowSpace.outboxNumber)
        ), \(counters) FROM dataflow
        """,
        "book_hour": "SELECT dataflow, hour, \(counters) FROM dataflow_hour",
        "audience_book": "SELECT dataflow, \(audience), \(counters) FROM dataflow_audience",
        "audience_book_hour": "SELECT dataflow, hour, \(audience), \(counters) FROM dataflow_audience_hour",
        "tally": """
        SELECT scope, id, entered, exited FROM audience
        UNION ALL SELECT number, zeroblob(16), profiles, 0 FROM scope
        """,
        "tally_hour": "SELECT scope, hour, audience, entered, exited FROM audience_hour",
        "backfill": "SELECT scope, id, profile, records, ordered_at FROM backfill",
        "upload": "SELECT scope, id, line, accepted, made FROM upload",
        "heir": "SELECT scope, absorbed, survivor, day FROM heir",
        "erasure": "SELECT scope, profile, revision, deleted_at, number FROM erasure",
        "suppression": """
        SELECT s.scope, s.digest, n.symbol, s.profile, s.suppressed_at
        FROM suppression s LEFT JOIN namespace n ON n.number = s.namespace
        """,
        "admission": "SELECT number, admitted_at, admission FROM scope WHERE admitted_at IS NOT NULL",
        "control_object": "SELECT scope, kind, id, etag, created_at, updated_at, body FROM control_object",
        "configuration_change": """
        SELECT sequence, scope, changed_at, author, way, request, action, kind, object, name, difference, outcome,
            sender, digest
        FROM configuration_change
        """,
        "history_chain": """
        SELECT base_sequence, base_digest, base_changed_at, base_seal, head_sequence, head_digest FROM history_chain
        """,
        "alert_standing": "SELECT scope, id, body FROM alert_standing",
        "alert_counter": """
        SELECT s.scope, ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'alert_entry'), 0),
            ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'alert_delivery'), 0)
        FROM (
            SELECT number AS scope FROM scope UNION SELECT scope FROM alert_entry UNION SELECT scope FROM alert_delivery
        ) s
        """,
        "alert_entry": "SELECT scope, sequence, at, subject, body FROM alert_entry",
        "alert_delivery": "SELECT scope, sequence, at, channel, due, body FROM alert_delivery",
    ]

    /// Deliveries that did not come by the commit log.
    static let deliveries = """
        SELECT day, profile, \(dataflow), \(number), revision, delivered_at, receipt FROM delivery
        """

    private static let dataflow = "row >> \(RowSpace.outboxBits)"
    private static let number = "row & \(RowSpace.outboxNumber)"
    private static let audience = "CASE length(audience) WHEN 0 THEN zeroblob(16) ELSE audience END"

    private static let record = """
        \(dataflow), \(number), profile, merge_policy, revision, reasons, admitted_at, lane, partition_key, payload, audiences
        """

    private static let counters = """
        triggered, delivered, superseded, suppressed_disabled, suppressed_deleted, parked, replayed, discarded, erased
        """
}
