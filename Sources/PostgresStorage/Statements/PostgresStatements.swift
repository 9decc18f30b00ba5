#if PostgreSQL
import ActivationEngine

/// All SQL there is beside the schema's, in a subset that engines which spread rows over machines take too (docs/decisions/0070).
///
/// A check that does not hold divides by zero, which ends the transaction before its COMMIT.
enum PostgresStatements {
    static let begin = PostgresStatement("begin", "BEGIN")
    static let commit = PostgresStatement("commit", "COMMIT")
    /// One state of the database for everything that follows, and no writes.
    static let beginReading = PostgresStatement(
        "begin_reading",
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
    )
    static let rollback = PostgresStatement("rollback", "ROLLBACK")
    /// Has plans made anew, by how large the tables are now.
    static let discardPlans = PostgresStatement("discard_plans", "DISCARD PLANS")

    // MARK: Opening

    /// Whether there is a store in the schema that everything is looked for in.
    static let isThere = PostgresStatement("is_there", "SELECT to_regclass('cluster') IS NOT NULL")
    static let hasSchema = PostgresStatement(
        "has_schema",
        "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = convert_from($1::bytea, 'UTF8'))"
    )
    static let cluster = PostgresStatement("cluster", "SELECT version, id FROM cluster WHERE one")
    static let heldVersion = PostgresStatement("held_version", "SELECT version FROM cluster WHERE one FOR SHARE")
    static let hasAddedSteps = PostgresStatement("has_added_steps", "SELECT to_regclass('added_step') IS NOT NULL")
    static let addedSteps = PostgresStatement("added_steps", "SELECT coalesce(max(version), 0) FROM added_step")
    static let setting = PostgresStatement(
        "setting",
        "SELECT convert_to(current_setting(convert_from($1::bytea, 'UTF8')), 'UTF8')"
    )
    static let admitted = PostgresStatement("admitted", "SELECT scope, max(instant) FROM admission GROUP BY scope")
    static let lastHours = PostgresStatement(
        "last_hours",
        "SELECT dataflow, max(hour) FROM book_hour GROUP BY dataflow"
    )

    // MARK: Writers

    /// Takes writers' rows over from whoever had them, all together.
    static let takeWriters = PostgresStatement(
        "take_writers",
        """
        INSERT INTO writer (number, holder, epoch, batch)
        SELECT n.number, $2::uuid, 1, 0 FROM unnest($1::int2[]) AS n (number)
        ON CONFLICT (number) DO UPDATE SET holder = excluded.holder, epoch = writer.epoch + 1
        """
    )
    /// Takes a row for another connection of the process that has it.
    static let takeWriterAgain = PostgresStatement(
        "take_writer_again",
        """
        UPDATE writer SET epoch = epoch + 1 WHERE number = $1::int2 AND holder = $2::uuid RETURNING epoch, batch
        """
    )
    static let lastBatch = PostgresStatement("last_batch", "SELECT batch FROM writer WHERE number = $1::int2")
    static let isHolder = PostgresStatement(
        "is_holder",
        "SELECT 1 FROM writer WHERE number = $1::int2 AND holder = $2::uuid"
    )
    /// The same, and nobody takes it before the transaction ends.
    static let holdWriter = PostgresStatement(
        "hold_writer",
        "SELECT 1 FROM writer WHERE number = $1::int2 AND holder = $2::uuid FOR UPDATE"
    )
    /// Notes the number of the batch that is being committed, unless somebody else has taken the row over.
    static let noteBatch = PostgresStatement(
        "note_batch",
        """
        WITH mine AS (UPDATE writer SET batch = $3::int8 WHERE number = $1::int2 AND epoch = $2::int8 RETURNING 1)
        SELECT 1 / (SELECT count(*) FROM mine)::int4
        """
    )

    // MARK: Lanes

    /// Raises a lane's numbers; whoever has done that holds the lane until the end of the transaction.
    static let raiseLane = PostgresStatement(
        "raise_lane",
        """
        UPDATE lane SET last = last + $2::int8, profiles = profiles + $3::int8 WHERE lane = $1::int2 RETURNING last, profiles
        """
    )

    // MARK: Dataflows

    static let dataflows = PostgresStatement("dataflows", "SELECT number, id, scope FROM dataflow")
    static let dataflowsNamed = PostgresStatement(
        "dataflows_named",
        "SELECT number, id, scope FROM dataflow WHERE id = ANY ($1::uuid[])"
    )
    static let registerDataflow = PostgresStatement(
        "register_dataflow",
        """
        INSERT INTO dataflow (number, id, scope) SELECT coalesce(max(number), 0) + 1, $1::uuid, $2::int4 FROM dataflow
        RETURNING number
        """
    )

    // MARK: Admission

    static let noteAdmission = PostgresStatement(
        "note_admission",
        """
        INSERT INTO admission (scope, stripe, instant, sequence) VALUES ($1::int4, $2::int2, $3::int8, $4::int8)
        ON CONFLICT (scope, stripe) DO UPDATE SET
            instant = greatest(admission.instant, excluded.instant),
            sequence = greatest(admission.sequence, excluded.sequence)
        """
    )
    static let admission = PostgresStatement(
        "admission",
        "SELECT max(instant), max(sequence) FROM admission WHERE scope = $1::int4"
    )

    /// The columns of a dataflow's counters.
    static let counters = [
        "triggered", "delivered", "superseded", "suppressed_disabled", "suppressed_deleted", "parked", "replayed",
        "discarded", "erased",
    ]
    static let counterColumns = counters.joined(separator: ", ")
    static let summedCounters = counters.map { "sum(\($0))::int8" }.joined(separator: ", ")
    /// Parameters that are arrays of counters, from a number on.
    static func counterArrays(from first: Int) -> String {
        counters.indices.map { "$\(first + $0)::int8[]" }.joined(separator: ", ")
    }
    static func addedCounters(to table: String) -> String {
        counters.map { "\($0) = \(table).\($0) + excluded.\($0)" }.joined(separator: ", ")
    }

    /// The columns of a record, in the order of ``PostgresRows/record(_:of:)``.
    static let recordColumns = """
        row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, origin, audiences
        """
}
#endif
