#if PostgreSQL
extension PostgresStatements {
    // MARK: What is left undone

    static let enterMarks = PostgresStatement(
        "enter_marks",
        """
        INSERT INTO resume_mark (dataflow, profile, merge_policy, reasons)
        SELECT n.dataflow, n.profile, n.merge_policy, n.reasons
        FROM unnest($1::int4[], $2::uuid[], $3::uuid[], $4::int4[]) AS n (dataflow, profile, merge_policy, reasons)
        ON CONFLICT (dataflow, profile, merge_policy) DO UPDATE SET reasons = resume_mark.reasons | excluded.reasons
        """
    )
    static let settleMarks = PostgresStatement(
        "settle_marks",
        """
        DELETE FROM resume_mark
        USING unnest($1::int4[], $2::uuid[], $3::uuid[]) AS n (dataflow, profile, merge_policy)
        WHERE resume_mark.dataflow = n.dataflow AND resume_mark.profile = n.profile
            AND resume_mark.merge_policy = n.merge_policy
        """
    )
    static let rekeyMarks = PostgresStatement(
        "rekey_marks",
        """
        INSERT INTO resume_mark (dataflow, profile, merge_policy, reasons)
        SELECT dataflow, $2::uuid, merge_policy, reasons FROM resume_mark
        WHERE profile = $1::uuid AND dataflow IN (SELECT number FROM dataflow WHERE scope = $3::int4)
        ON CONFLICT (dataflow, profile, merge_policy) DO UPDATE SET reasons = resume_mark.reasons | excluded.reasons
        """
    )
    static let dropMarksOf = PostgresStatement(
        "drop_marks_of",
        """
        DELETE FROM resume_mark WHERE profile = ANY ($1::uuid[])
            AND dataflow IN (SELECT number FROM dataflow WHERE scope = $2::int4)
        """
    )
    static let existingMarks = PostgresStatement(
        "existing_marks",
        """
        SELECT n.place FROM unnest($1::int4[], $2::uuid[], $3::uuid[]) WITH ORDINALITY
            AS n (dataflow, profile, merge_policy, place)
        JOIN resume_mark m ON m.dataflow = n.dataflow AND m.profile = n.profile AND m.merge_policy = n.merge_policy
        """
    )
    static let scanMarks = PostgresStatement(
        "scan_marks",
        """
        SELECT profile, merge_policy, reasons FROM resume_mark
        WHERE dataflow = $1::int4 AND (profile, merge_policy) > ($2::uuid, $3::uuid)
        ORDER BY profile, merge_policy LIMIT $4::int8
        """
    )
    static let countMarks = PostgresStatement(
        "count_marks",
        "SELECT count(*) FROM resume_mark WHERE dataflow = $1::int4"
    )
    static let dropMarks = PostgresStatement(
        "drop_marks",
        """
        DELETE FROM resume_mark WHERE dataflow = $1::int4 AND profile <= (
            SELECT profile FROM (
                SELECT profile FROM resume_mark WHERE dataflow = $1::int4 ORDER BY profile LIMIT $2::int8
            ) AS first ORDER BY profile DESC LIMIT 1
        )
        """
    )
    static let marksOf = PostgresStatement(
        "marks_of",
        """
        SELECT f.id, m.merge_policy, m.reasons FROM resume_mark m JOIN dataflow f ON f.number = m.dataflow
        WHERE m.profile = $1::uuid AND f.scope = $2::int4 ORDER BY f.id, m.merge_policy
        """
    )

    // MARK: Backfills and uploads

    static let advanceBackfills = PostgresStatement(
        "advance_backfills",
        """
        INSERT INTO backfill (scope, id, profile, records, ordered_at)
        SELECT $1::int4, n.id, n.profile, n.records, n.ordered_at
        FROM unnest($2::uuid[], $3::int8[], $4::int8[], $5::int8[]) AS n (id, profile, records, ordered_at)
        ON CONFLICT (scope, id) DO UPDATE SET
            profile = greatest(backfill.profile, excluded.profile), records = backfill.records + excluded.records,
            ordered_at = coalesce(backfill.ordered_at, excluded.ordered_at)
        """
    )
    static let backfills = PostgresStatement(
        "backfills",
        "SELECT id, profile, records, ordered_at FROM backfill WHERE scope = $1::int4"
    )
    static let forgetBackfills = PostgresStatement(
        "forget_backfills",
        "DELETE FROM backfill WHERE scope = $1::int4 AND id = ANY ($2::uuid[])"
    )
    static let advanceUploads = PostgresStatement(
        "advance_uploads",
        """
        INSERT INTO upload (scope, id, line, accepted, made)
        SELECT $1::int4, n.id, n.line, n.accepted, n.made
        FROM unnest($2::uuid[], $3::int8[], $4::int8[], $5::int8[]) AS n (id, line, accepted, made)
        ON CONFLICT (scope, id) DO UPDATE SET
            line = greatest(upload.line, excluded.line), accepted = upload.accepted + excluded.accepted,
            made = upload.made + excluded.made
        """
    )
    static let uploads = PostgresStatement(
        "uploads",
        "SELECT id, line, accepted, made FROM upload WHERE scope = $1::int4"
    )
    static let forgetUploads = PostgresStatement(
        "forget_uploads",
        "DELETE FROM upload WHERE scope = $1::int4 AND id = ANY ($2::uuid[])"
    )

    // MARK: Erasures and suppressions

    /// Erasures are numbered by the lane's counter, so that the last one has the greatest number.
    static let noteErasures = PostgresStatement(
        "note_erasures",
        """
        INSERT INTO erasure (scope, profile, revision, deleted_at, number)
        SELECT $1::int4, n.profile, n.revision, n.deleted_at, l.last - n.back
        FROM lane l, unnest($3::uuid[], $4::int8[], $5::int8[], $6::int8[]) AS n (profile, revision, deleted_at, back)
        WHERE l.lane = $2::int2
        """
    )
    static let erasures = PostgresStatement(
        "erasures",
        """
        SELECT profile, revision, deleted_at FROM erasure WHERE scope = $1::int4 ORDER BY number DESC LIMIT $2::int8
        """
    )
    static let erasure = PostgresStatement(
        "erasure",
        "SELECT profile, revision, deleted_at FROM erasure WHERE scope = $1::int4 AND profile = $2::uuid"
    )
    static let dropSuppressions = PostgresStatement(
        "drop_suppressions",
        "DELETE FROM suppression WHERE scope = $1::int4 AND digest = ANY ($2::bytea[])"
    )
    static let enterSuppressions = PostgresStatement(
        "enter_suppressions",
        """
        INSERT INTO suppression (scope, digest, namespace, profile, suppressed_at)
        SELECT $1::int4, n.digest, n.namespace, n.profile, n.suppressed_at
        FROM unnest($2::bytea[], $3::bytea[], $4::uuid[], $5::int8[]) AS n (digest, namespace, profile, suppressed_at)
        ON CONFLICT (scope, digest) DO UPDATE SET
            namespace = excluded.namespace, profile = excluded.profile, suppressed_at = excluded.suppressed_at
        """
    )
    static let suppressionsOf = PostgresStatement(
        "suppressions_of",
        """
        SELECT s.digest, s.namespace, s.profile, s.suppressed_at
        FROM unnest($2::bytea[]) WITH ORDINALITY AS n (digest, place)
        JOIN suppression s ON s.scope = $1::int4 AND s.digest = n.digest ORDER BY n.place
        """
    )
    static let suppressions = PostgresStatement(
        "suppressions",
        """
        SELECT digest, namespace, profile, suppressed_at FROM suppression
        WHERE scope = $1::int4 AND digest > $2::bytea ORDER BY digest LIMIT $3::int8
        """
    )
}
#endif
