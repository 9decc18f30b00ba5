#if PostgreSQL
extension PostgresStatements {
    static let insertEvents = PostgresStatement(
        "insert_events",
        """
        INSERT INTO event (shard, profile, id, timestamp, dataset, body)
        SELECT (n.profile & 255)::int2, n.profile, n.id, n.timestamp, n.dataset, n.body
        FROM unnest($1::int8[], $2::bytea[], $3::int8[], $4::int4[], $5::bytea[]) AS n (profile, id, timestamp, dataset, body)
        """
    )
    static let evictEvents = PostgresStatement(
        "evict_events",
        """
        WITH gone AS (
            DELETE FROM event USING unnest($1::int8[], $2::bytea[]) AS n (profile, id)
            WHERE event.shard = (n.profile & 255)::int2 AND event.profile = n.profile AND event.id = n.id RETURNING 1
        )
        SELECT 1 / ((SELECT count(*) FROM gone) = $3::int8)::int4
        """
    )
    /// What the survivor has too stays where it is.
    static let moveEvents = PostgresStatement(
        "move_events",
        """
        WITH moved AS (
            DELETE FROM event
            WHERE shard = ($1::int8 & 255)::int2 AND profile = $1::int8 AND NOT EXISTS (
                SELECT 1 FROM event AS known
                WHERE known.shard = ($2::int8 & 255)::int2 AND known.profile = $2::int8 AND known.id = event.id
            )
            RETURNING id, timestamp, dataset, body
        )
        INSERT INTO event (shard, profile, id, timestamp, dataset, body)
        SELECT ($2::int8 & 255)::int2, $2::int8, id, timestamp, dataset, body FROM moved
        """
    )
    static let deleteEvents = PostgresStatement(
        "delete_events",
        "DELETE FROM event WHERE shard = ($1::int8 & 255)::int2 AND profile = $1::int8"
    )
    static let eventsKnown = PostgresStatement(
        "events_known",
        """
        SELECT n.place FROM unnest($1::int8[], $2::bytea[]) WITH ORDINALITY AS n (profile, id, place)
        JOIN event e ON e.shard = (n.profile & 255)::int2 AND e.profile = n.profile AND e.id = n.id
        """
    )
    /// Bytes of all events of profiles.
    static let eventBytes = PostgresStatement(
        "event_bytes",
        """
        SELECT coalesce(sum(octet_length(e.body) + octet_length(e.id)), 0)::int8 FROM unnest($1::int8[]) AS n (profile)
        JOIN event e ON e.shard = (n.profile & 255)::int2 AND e.profile = n.profile
        """
    )
    /// All events of profiles.
    static let events = PostgresStatement(
        "events",
        """
        SELECT n.place, e.id, e.timestamp, e.dataset, e.body
        FROM unnest($1::int8[], $2::int8[]) AS n (place, profile)
        JOIN event e ON e.shard = (n.profile & 255)::int2 AND e.profile = n.profile
        """
    )
    static let eventIndex = PostgresStatement(
        "event_index",
        """
        SELECT n.place, e.id, e.timestamp, e.dataset FROM unnest($1::int8[], $2::int8[]) AS n (place, profile)
        JOIN event e ON e.shard = (n.profile & 255)::int2 AND e.profile = n.profile
        """
    )
    static let eventsBetween = PostgresStatement(
        "events_between",
        """
        SELECT n.place, e.id, e.timestamp, e.dataset, e.body
        FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[]) AS n (place, profile, first, last)
        JOIN event e ON e.shard = (n.profile & 255)::int2 AND e.profile = n.profile AND e.timestamp BETWEEN n.first AND n.last
        """
    )
    /// The first events of a profile from an instant on.
    static let eventsFrom = PostgresStatement(
        "events_from",
        """
        SELECT $1::int8, id, timestamp, dataset, body FROM event
        WHERE shard = ($2::int8 & 255)::int2 AND profile = $2::int8 AND timestamp >= $3::int8
        ORDER BY timestamp, id LIMIT $4::int8
        """
    )
}
#endif
