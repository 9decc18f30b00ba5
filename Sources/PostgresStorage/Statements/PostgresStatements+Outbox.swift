#if PostgreSQL
extension PostgresStatements {
    /// Takes over, behind the row of whoever claims, up to where the one before may have claimed: all there is, where that is not known.
    static let takeReach = PostgresStatement(
        "take_reach",
        """
        INSERT INTO claim_reach (lane, epoch, last)
        SELECT l.lane, w.epoch, COALESCE(r.last, l.last)
        FROM lane l JOIN writer w ON w.number = $1::int2
        LEFT JOIN claim_reach r ON r.lane = l.lane AND r.epoch = w.epoch - 1
        WHERE l.lane = 0
        ON CONFLICT (lane) DO UPDATE SET epoch = excluded.epoch, last = excluded.last
        RETURNING last
        """
    )
    static let raiseReach = PostgresStatement("raise_reach", "UPDATE claim_reach SET last = $1::int8 WHERE lane = 0")
    /// Rows are numbered by the lane's counter, which this transaction has raised: the last one gets its last number.
    static let insertOutbox = PostgresStatement(
        "insert_outbox",
        """
        INSERT INTO outbox (lane, dataflow, \(recordColumns))
        SELECT l.lane, n.dataflow, (l.lane::int8 << 48) | (l.last - n.back), n.profile, n.merge_policy, n.revision,
            n.reasons, n.admitted_at, n.partition_key, n.payload, n.origin, n.audiences
        FROM lane l, unnest(
            $2::int4[], $3::int8[], $4::uuid[], $5::uuid[], $6::int8[], $7::int4[], $8::int8[], $9::bytea[],
            $10::bytea[], $11::int2[], $12::bytea[]
        ) AS n (
            dataflow, back, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, origin, audiences
        )
        WHERE l.lane = $1::int2
        """
    )
    static let scanOutbox = PostgresStatement(
        "scan_outbox",
        """
        SELECT \(recordColumns) FROM outbox
        WHERE lane = $1::int2 AND dataflow = $2::int4 AND row > $3::int8 AND row <= $4::int8 ORDER BY row LIMIT $5::int8
        """
    )
    static let outboxRecord = PostgresStatement(
        "outbox_record",
        "SELECT \(recordColumns) FROM outbox WHERE lane = $1::int2 AND dataflow = $2::int4 AND row = $3::int8"
    )
    static let outboxRowsOf = PostgresStatement(
        "outbox_rows_of",
        """
        SELECT row FROM outbox
        WHERE lane = $1::int2 AND profile = $2::uuid AND row BETWEEN $3::int8 AND $4::int8 AND dataflow = $5::int4
        ORDER BY row LIMIT $6::int8
        """
    )
    static let lastOutbox = PostgresStatement(
        "last_outbox",
        "SELECT max(row) FROM outbox WHERE lane = $1::int2 AND dataflow = $2::int4"
    )
    static let lastOutboxes = PostgresStatement(
        "last_outboxes",
        """
        SELECT f.id, (SELECT max(row) FROM outbox WHERE lane = $1::int2 AND dataflow = f.number)
        FROM dataflow f WHERE f.id = ANY ($2::uuid[])
        """
    )
    static let firstOutbox = PostgresStatement(
        "first_outbox",
        "SELECT row, admitted_at FROM outbox WHERE lane = $1::int2 AND dataflow = $2::int4 ORDER BY row LIMIT 1"
    )
    /// Who waits in rows, locked in their order.
    static let lockOutbox = PostgresStatement(
        "lock_outbox",
        """
        SELECT row, profile, revision, audiences FROM outbox
        WHERE lane = $1::int2 AND dataflow = $2::int4 AND row BETWEEN $3::int8 AND $4::int8 AND row = ANY ($5::int8[])
        ORDER BY row FOR UPDATE
        """
    )
    static let deleteOutbox = PostgresStatement("delete_outbox", deletion)
    /// Who waited in rows, which leave: both in one where nothing else is done to any of them.
    static let takeOutbox = PostgresStatement(
        "take_outbox",
        deletion + " RETURNING row, profile, revision, audiences"
    )
    /// By a run of rows and its ends (``RowRuns``).
    private static let deletion = """
        DELETE FROM outbox
        WHERE lane = $1::int2 AND dataflow = $2::int4 AND row BETWEEN $3::int8 AND $4::int8 AND row = ANY ($5::int8[])
        """
    static let parkOutbox = PostgresStatement(
        "park_outbox",
        """
        INSERT INTO dead_letter (lane, dataflow, \(recordColumns), code, message, parked_at)
        SELECT o.lane, o.dataflow, o.row, o.profile, o.merge_policy, o.revision, o.reasons, o.admitted_at,
            o.partition_key, o.payload, o.origin, o.audiences, n.code, n.message, n.parked_at
        FROM unnest($3::int8[], $4::bytea[], $5::bytea[], $6::int8[]) AS n (row, code, message, parked_at)
        JOIN outbox o ON o.lane = $1::int2 AND o.dataflow = $2::int4 AND o.row = n.row
        """
    )
    /// Holds what waits of profiles, in the order in which whoever settles holds it.
    static let lockOutboxOf = PostgresStatement(
        "lock_outbox_of",
        "SELECT row FROM outbox WHERE lane = $1::int2 AND profile = ANY ($2::uuid[]) ORDER BY row FOR UPDATE"
    )
    static let rekeyOutbox = PostgresStatement(
        "rekey_outbox",
        """
        UPDATE outbox SET profile = $3::uuid WHERE lane = $1::int2 AND profile = $2::uuid
            AND dataflow IN (SELECT number FROM dataflow WHERE scope = $4::int4)
        """
    )
    static let rekeyDeadLetters = PostgresStatement(
        "rekey_dead_letters",
        """
        UPDATE dead_letter SET profile = $3::uuid WHERE lane = $1::int2 AND profile = $2::uuid
            AND dataflow IN (SELECT number FROM dataflow WHERE scope = $4::int4)
        """
    )
    /// Numbered as records are, before those of the same plan.
    static let noteRekeyed = PostgresStatement(
        "note_rekeyed",
        """
        INSERT INTO rekeyed (lane, row, absorbed, survivor)
        SELECT l.lane, (l.lane::int8 << 48) | (l.last - n.back), n.absorbed, n.survivor
        FROM lane l, unnest($2::int8[], $3::uuid[], $4::uuid[]) AS n (back, absorbed, survivor)
        WHERE l.lane = $1::int2
        """
    )
    static let rekeyedAfter = PostgresStatement(
        "rekeyed_after",
        """
        SELECT row, absorbed, survivor FROM rekeyed WHERE lane = $1::int2 AND row > $2::int8 ORDER BY row LIMIT $3::int8
        """
    )
    static let lastRekeyed = PostgresStatement(
        "last_rekeyed",
        "SELECT max(row) FROM rekeyed WHERE lane = $1::int2"
    )
    static let forgetRekeyed = PostgresStatement(
        "forget_rekeyed",
        """
        DELETE FROM rekeyed WHERE lane = $1::int2 AND row <= (
            SELECT max(row) FROM (
                SELECT row FROM rekeyed WHERE lane = $1::int2 AND row <= $2::int8 ORDER BY row LIMIT $3::int8
            ) AS first
        )
        """
    )
    /// Waiting rows of profiles in a scope, or for one dataflow of it.
    static let deleteOutboxOf = PostgresStatement(
        "delete_outbox_of",
        """
        DELETE FROM outbox USING unnest($2::uuid[], $3::int4[]) AS n (profile, dataflow)
        WHERE outbox.lane = $1::int2 AND outbox.profile = n.profile AND (outbox.dataflow = n.dataflow
            OR n.dataflow = 0 AND outbox.dataflow IN (SELECT number FROM dataflow WHERE scope = $4::int4))
        RETURNING outbox.dataflow, outbox.row, outbox.audiences
        """
    )
    static let deleteDeadLettersOf = PostgresStatement(
        "delete_dead_letters_of",
        """
        DELETE FROM dead_letter USING unnest($2::uuid[], $3::int4[]) AS n (profile, dataflow)
        WHERE dead_letter.lane = $1::int2 AND dead_letter.profile = n.profile AND (dead_letter.dataflow = n.dataflow
            OR n.dataflow = 0 AND dead_letter.dataflow IN (SELECT number FROM dataflow WHERE scope = $4::int4))
        RETURNING dead_letter.dataflow, dead_letter.row, dead_letter.audiences
        """
    )
    static let discardOutbox = PostgresStatement(
        "discard_outbox",
        """
        DELETE FROM outbox WHERE lane = $1::int2 AND dataflow = $2::int4 AND row <= (
            SELECT max(row) FROM (
                SELECT row FROM outbox WHERE lane = $1::int2 AND dataflow = $2::int4 ORDER BY row LIMIT $3::int8
            ) AS first
        ) RETURNING audiences
        """
    )

    // MARK: Dead letters

    static let deadLetters = PostgresStatement(
        "dead_letters",
        """
        SELECT \(recordColumns), code, message, parked_at FROM dead_letter
        WHERE lane = $1::int2 AND dataflow = $2::int4 AND row > $3::int8 ORDER BY row LIMIT $4::int8
        """
    )
    static let deadLettersOfCode = PostgresStatement(
        "dead_letters_of_code",
        """
        SELECT \(recordColumns), code, message, parked_at FROM dead_letter
        WHERE lane = $1::int2 AND dataflow = $2::int4 AND code = $5::bytea AND row > $3::int8 ORDER BY row LIMIT $4::int8
        """
    )
    static let deadLetterCauses = PostgresStatement(
        "dead_letter_causes",
        """
        SELECT code, count(*), min(parked_at), max(parked_at) FROM dead_letter WHERE dataflow = $1::int4
        GROUP BY code ORDER BY 2 DESC, 1
        """
    )
    static let deadLetterRows = PostgresStatement(
        "dead_letter_rows",
        """
        SELECT row FROM dead_letter WHERE dataflow = $1::int4 AND code = $2::bytea AND parked_at < $3::int8
        ORDER BY parked_at, row LIMIT $4::int8
        """
    )
    /// What letting dead letters go has to know of them.
    static let chosenDeadLetters = PostgresStatement("chosen_dead_letters", chosen())
    static let lockDeadLetters = PostgresStatement("lock_dead_letters", chosen() + locked)
    /// The same of those that were parked for one cause.
    static let chosenDeadLettersOfCode = PostgresStatement("chosen_dead_letters_of_code", chosen(ofCode))
    static let lockDeadLettersOfCode = PostgresStatement("lock_dead_letters_of_code", chosen(ofCode) + locked)
    /// The same of some rows.
    static let chosenNamedDeadLetters = PostgresStatement("chosen_named_dead_letters", chosen(named))
    static let lockNamedDeadLetters = PostgresStatement("lock_named_dead_letters", chosen(named) + locked)

    private static let ofCode = "AND d.code = $6::bytea"
    private static let named = "AND ($6::bytea IS NULL OR d.code = $6::bytea) AND d.row = ANY ($7::int8[])"
    private static let locked = " FOR UPDATE OF d"
    private static func chosen(_ condition: String = "") -> String {
        """
        SELECT d.row, d.profile, d.merge_policy, d.reasons, d.audiences FROM dead_letter d
        WHERE d.lane = $1::int2 AND d.dataflow = $2::int4 AND d.row > $3::int8 AND d.parked_at < $4::int8 \(condition)
        ORDER BY d.row LIMIT $5::int8
        """
    }
    static let returnDeadLetters = PostgresStatement(
        "return_dead_letters",
        """
        INSERT INTO outbox (lane, dataflow, \(recordColumns))
        SELECT d.lane, d.dataflow, (l.lane::int8 << 48) | (l.last - n.back), d.profile, d.merge_policy, d.revision, d.reasons,
            d.admitted_at, d.partition_key, d.payload, $5::int2, d.audiences
        FROM lane l, unnest($3::int8[], $4::int8[]) AS n (row, back), dead_letter d
        WHERE l.lane = $1::int2 AND d.lane = $1::int2 AND d.dataflow = $2::int4 AND d.row = n.row
        """
    )
    static let deleteDeadLetters = PostgresStatement(
        "delete_dead_letters",
        "DELETE FROM dead_letter WHERE lane = $1::int2 AND dataflow = $2::int4 AND row = ANY ($3::int8[])"
    )
    static let recordsOf = PostgresStatement(
        "records_of",
        """
        SELECT o.row, o.profile, o.merge_policy, o.revision, o.reasons, o.admitted_at, o.partition_key, o.payload,
            o.origin, o.audiences, f.id
        FROM outbox o JOIN dataflow f ON f.number = o.dataflow
        WHERE o.lane = $1::int2 AND o.profile = $2::uuid AND o.row > $3::int8 AND f.scope = $4::int4
        ORDER BY o.row LIMIT $5::int8
        """
    )
    static let deadLettersOf = PostgresStatement(
        "dead_letters_of",
        """
        SELECT o.row, o.profile, o.merge_policy, o.revision, o.reasons, o.admitted_at, o.partition_key, o.payload,
            o.origin, o.audiences, f.id, o.code, o.message, o.parked_at
        FROM dead_letter o JOIN dataflow f ON f.number = o.dataflow
        WHERE o.lane = $1::int2 AND o.profile = $2::uuid AND o.row > $3::int8 AND f.scope = $4::int4
        ORDER BY o.row LIMIT $5::int8
        """
    )

    // MARK: Deliveries

    static let noteDeliveries = PostgresStatement(
        "note_deliveries",
        """
        INSERT INTO delivery (day, profile, dataflow, row, revision, delivered_at, receipt)
        SELECT n.day, n.profile, $1::int4, n.row, n.revision, n.delivered_at, n.receipt
        FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::int8[], $7::bytea[])
            AS n (day, profile, row, revision, delivered_at, receipt)
        ON CONFLICT (day, profile, dataflow, row) DO NOTHING
        """
    )
    static let addHeirs = PostgresStatement(
        "add_heirs",
        """
        INSERT INTO heir (scope, absorbed, survivor, day)
        SELECT $1::int4, n.absorbed, n.survivor, greatest($4::int8, coalesce((SELECT max(day) FROM delivery), 0))
        FROM unnest($2::uuid[], $3::uuid[]) AS n (absorbed, survivor)
        ON CONFLICT (scope, absorbed) DO UPDATE SET survivor = excluded.survivor, day = excluded.day
        """
    )
    static let deliveriesOf = PostgresStatement(
        "deliveries_of",
        """
        SELECT f.id, d.row, d.revision, d.receipt, d.delivered_at
        FROM delivery d JOIN dataflow f ON f.number = d.dataflow
        WHERE d.profile = ANY ($1::uuid[]) AND f.scope = $2::int4 AND (d.delivered_at, d.row) > ($3::int8, $4::int8)
        ORDER BY d.delivered_at, d.row LIMIT $5::int8
        """
    )
    /// Whose deliveries are a profile's own by now.
    static let absorbedBy = PostgresStatement(
        "absorbed_by",
        "SELECT absorbed FROM heir WHERE scope = $1::int4 AND survivor = ANY ($2::uuid[])"
    )
    static let heirsOf = PostgresStatement(
        "heirs_of",
        "SELECT absorbed, survivor FROM heir WHERE scope = $1::int4 AND absorbed = ANY ($2::uuid[])"
    )
    static let scanDeliveries = PostgresStatement(
        "scan_deliveries",
        """
        SELECT day, profile, dataflow, row, delivered_at FROM delivery
        WHERE (day, profile, row) > ($1::int8, $2::uuid, $3::int8) ORDER BY day, profile, row LIMIT $4::int8
        """
    )
    static let forgetDeliveries = PostgresStatement(
        "forget_deliveries",
        """
        DELETE FROM delivery
        WHERE day = (SELECT min(day) FROM delivery WHERE day < $1::int8) AND profile <= (
            SELECT profile FROM (
                SELECT profile FROM delivery WHERE day = (SELECT min(day) FROM delivery WHERE day < $1::int8)
                ORDER BY profile LIMIT $2::int8
            ) AS first ORDER BY profile DESC LIMIT 1
        )
        """
    )
    static let forgetHeirs = PostgresStatement(
        "forget_heirs",
        """
        DELETE FROM heir WHERE scope = $3::int4 AND day < $1::int8
            AND absorbed = ANY (ARRAY(SELECT absorbed FROM heir WHERE day < $1::int8 ORDER BY day LIMIT $2::int8))
        """
    )
}
#endif
