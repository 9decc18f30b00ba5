#if PostgreSQL
import ActivationEngine

extension PostgresStatements {
    // MARK: Entering

    static let openBookHours = PostgresStatement(
        "open_book_hours",
        """
        INSERT INTO book_hour (dataflow, hour, stripe, \(counterColumns))
        SELECT n.dataflow, n.hour, $3::int2, \(orNothing("b"))
        FROM unnest($1::int4[], $2::int8[]) AS n (dataflow, hour)
        LEFT JOIN book b ON b.dataflow = n.dataflow AND b.stripe = $3::int2
        ON CONFLICT (dataflow, hour, stripe) DO NOTHING
        """
    )
    static let enterBooks = PostgresStatement(
        "enter_books",
        """
        INSERT INTO book (dataflow, stripe, rows, \(counterColumns))
        SELECT n.dataflow, $1::int2, n.rows, \(counters.map { "n.\($0)" }.joined(separator: ", "))
        FROM unnest($2::int4[], $3::int8[], \(counterArrays(from: 4))) AS n (dataflow, rows, \(counterColumns))
        ON CONFLICT (dataflow, stripe) DO UPDATE SET rows = book.rows + excluded.rows, \(addedCounters(to: "book"))
        """
    )
    static let openAudienceBookHours = PostgresStatement(
        "open_audience_book_hours",
        """
        INSERT INTO audience_book_hour (dataflow, hour, audience, stripe, \(counterColumns))
        SELECT n.dataflow, n.hour, n.audience, $4::int2, \(orNothing("b"))
        FROM unnest($1::int4[], $2::int8[], $3::uuid[]) AS n (dataflow, hour, audience)
        LEFT JOIN audience_book b ON b.dataflow = n.dataflow AND b.audience = n.audience AND b.stripe = $4::int2
        ON CONFLICT (dataflow, hour, audience, stripe) DO NOTHING
        """
    )
    static let enterAudienceBooks = PostgresStatement(
        "enter_audience_books",
        """
        INSERT INTO audience_book (dataflow, audience, stripe, \(counterColumns))
        SELECT n.dataflow, n.audience, $1::int2, \(counters.map { "n.\($0)" }.joined(separator: ", "))
        FROM unnest($2::int4[], $3::uuid[], \(counterArrays(from: 4))) AS n (dataflow, audience, \(counterColumns))
        ON CONFLICT (dataflow, audience, stripe) DO UPDATE SET \(addedCounters(to: "audience_book"))
        """
    )
    static let openTallyHours = PostgresStatement(
        "open_tally_hours",
        """
        INSERT INTO tally_hour (scope, hour, audience, stripe, entered, exited)
        SELECT $1::int4, $2::int8, n.audience, $4::int2, coalesce(t.entered, 0), coalesce(t.exited, 0)
        FROM unnest($3::uuid[]) AS n (audience)
        LEFT JOIN tally t ON t.scope = $1::int4 AND t.audience = n.audience AND t.stripe = $4::int2
        ON CONFLICT (scope, hour, audience, stripe) DO NOTHING
        """
    )
    static let enterTallies = PostgresStatement(
        "enter_tallies",
        """
        INSERT INTO tally (scope, audience, stripe, entered, exited)
        SELECT $1::int4, n.audience, $2::int2, n.entered, n.exited
        FROM unnest($3::uuid[], $4::int8[], $5::int8[]) AS n (audience, entered, exited)
        ON CONFLICT (scope, audience, stripe) DO UPDATE SET
            entered = tally.entered + excluded.entered, exited = tally.exited + excluded.exited
        """
    )

    private static func orNothing(_ table: String) -> String {
        counters.map { "coalesce(\(table).\($0), 0)" }.joined(separator: ", ")
    }

    // MARK: Reading

    static let books = PostgresStatement(
        "books",
        """
        SELECT dataflow, sum(rows)::int8, \(summedCounters) FROM book WHERE dataflow = ANY ($1::int4[]) GROUP BY dataflow
        """
    )
    /// When the first records of dataflows were admitted.
    static let oldestOutbox = PostgresStatement(
        "oldest_outbox",
        """
        SELECT n.dataflow, (
            SELECT o.admitted_at FROM outbox o WHERE o.lane = $1::int2 AND o.dataflow = n.dataflow ORDER BY o.row LIMIT 1
        ) FROM unnest($2::int4[]) AS n (dataflow)
        """
    )
    static let bookHours = PostgresStatement(
        "book_hours",
        """
        SELECT dataflow, stripe, hour, \(counterColumns) FROM book_hour
        WHERE dataflow = ANY ($1::int4[]) AND hour >= $2::int8
        UNION ALL SELECT dataflow, stripe, NULL, \(counterColumns) FROM book WHERE dataflow = ANY ($1::int4[])
        ORDER BY 1, 2, 3 NULLS LAST
        """
    )
    static let audienceBookHours = PostgresStatement(
        "audience_book_hours",
        """
        SELECT audience, stripe, hour, \(counterColumns) FROM audience_book_hour
        WHERE dataflow = $1::int4 AND hour >= $2::int8
        UNION ALL SELECT audience, stripe, NULL, \(counterColumns) FROM audience_book WHERE dataflow = $1::int4
        ORDER BY 1, 2, 3 NULLS LAST
        """
    )
    static let memberCounts = PostgresStatement(
        "member_counts",
        """
        SELECT audience, sum(entered)::int8, sum(exited)::int8 FROM tally
        WHERE scope = $1::int4 AND ($2::uuid[] IS NULL OR audience = ANY ($2::uuid[])) GROUP BY audience
        """
    )
    static let memberHours = PostgresStatement(
        "member_hours",
        """
        SELECT stripe, hour, entered, exited FROM tally_hour
        WHERE scope = $1::int4 AND audience = $2::uuid
            AND hour >= (SELECT max(hour) FROM tally_hour WHERE scope = $1::int4) - \(BookedHour.keptHours)
        UNION ALL SELECT stripe, NULL, entered, exited FROM tally WHERE scope = $1::int4 AND audience = $2::uuid
        ORDER BY 1, 2 NULLS LAST
        """
    )
    /// What the counters of audiences said when the first of some hours began for them, by stripe, and now.
    static let memberChanges = PostgresStatement(
        "member_changes",
        """
        WITH opening AS (
            SELECT audience, stripe, min(hour) AS hour FROM tally_hour
            WHERE scope = $1::int4 AND hour >= $2::int8 GROUP BY audience, stripe
        )
        SELECT t.audience, sum(t.entered - h.entered)::int8, sum(t.exited - h.exited)::int8
        FROM opening o
        JOIN tally_hour h ON h.scope = $1::int4 AND h.hour = o.hour AND h.audience = o.audience AND h.stripe = o.stripe
        JOIN tally t ON t.scope = $1::int4 AND t.audience = o.audience AND t.stripe = o.stripe
        GROUP BY t.audience
        """
    )

    // MARK: Counting

    static let countOutbox = PostgresStatement(
        "count_outbox",
        "SELECT dataflow, count(*) FROM outbox WHERE lane = $1::int2 GROUP BY dataflow"
    )
    static let countDeadLetters = PostgresStatement(
        "count_dead_letters",
        "SELECT dataflow, count(*) FROM dead_letter WHERE lane = $1::int2 GROUP BY dataflow"
    )
    static let allBooks = PostgresStatement(
        "all_books",
        """
        SELECT f.number, f.id, \(counters.map { "coalesce(sum(b.\($0)), 0)::int8" }.joined(separator: ", "))
        FROM dataflow f LEFT JOIN book b ON b.dataflow = f.number WHERE f.scope = $1::int4 GROUP BY f.number, f.id
        """
    )
    static let audienceBooks = PostgresStatement(
        "audience_books",
        "SELECT audience, \(summedCounters) FROM audience_book WHERE dataflow = $1::int4 GROUP BY audience"
    )
    static let toldByOutbox = PostgresStatement(
        "told_by_outbox",
        """
        SELECT row, audiences FROM outbox WHERE lane = $1::int2 AND dataflow = $2::int4 AND row > $3::int8
        ORDER BY row LIMIT $4::int8
        """
    )
    static let toldByDeadLetters = PostgresStatement(
        "told_by_dead_letters",
        """
        SELECT row, audiences FROM dead_letter WHERE lane = $1::int2 AND dataflow = $2::int4 AND row > $3::int8
        ORDER BY row LIMIT $4::int8
        """
    )

    // MARK: Forgetting

    static let forgetBookHours = PostgresStatement(
        "forget_book_hours",
        "DELETE FROM book_hour WHERE dataflow = $1::int4 AND hour < $2::int8"
    )
    static let forgetAudienceBookHours = PostgresStatement(
        "forget_audience_book_hours",
        """
        DELETE FROM audience_book_hour WHERE dataflow = $1::int4 AND hour <= (
            SELECT max(hour) FROM (
                SELECT hour FROM audience_book_hour WHERE dataflow = $1::int4 AND hour < $2::int8
                ORDER BY hour LIMIT $3::int8
            ) AS first
        )
        """
    )
    static let forgetTallyHours = PostgresStatement(
        "forget_tally_hours",
        """
        DELETE FROM tally_hour WHERE scope = $1::int4 AND hour <= (
            SELECT max(hour) FROM (
                SELECT hour FROM tally_hour WHERE scope = $1::int4
                    AND hour < (SELECT max(hour) FROM tally_hour WHERE scope = $1::int4) - \(BookedHour.keptHours)
                ORDER BY hour LIMIT $2::int8
            ) AS first
        )
        """
    )
}
#endif
