#if PostgreSQL
extension PostgresStatements {
    /// Enters a process under a node's name, in the place of the one that had it, or under the lowest number that no node has.
    static let joinNodes = PostgresStatement(
        "join_nodes",
        """
        INSERT INTO node (number, name, holder, beat, leaving)
        SELECT (min(n.number) + 1)::int2, $1::bytea, $2::uuid, 1, false
        FROM (SELECT 0::int2 AS number UNION ALL SELECT number FROM node) AS n
        WHERE NOT EXISTS (SELECT 1 FROM node m WHERE m.number = n.number + 1)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, beat = node.beat + 1, leaving = false
        RETURNING number
        """
    )
    static let beatNode = PostgresStatement(
        "beat_node",
        """
        UPDATE node SET beat = beat + 1, leaving = $3::bool WHERE number = $1::int2 AND holder = $2::uuid
        RETURNING beat, CURRENT_TIMESTAMP
        """
    )
    /// Nodes, each with whether the connection is there whose name has the process in it.
    static let nodes = PostgresStatement(
        "nodes",
        """
        SELECT number, beat, leaving, COALESCE(
            'headwater beat ' || holder::text IN (SELECT application_name FROM pg_stat_activity), false)
        FROM node ORDER BY number
        """
    )
    /// Since when a connection waits for its client, and what time it is; none of one at work.
    static let restingConnection = PostgresStatement(
        "resting_connection",
        """
        SELECT state_change, CURRENT_TIMESTAMP FROM pg_stat_activity
        WHERE pid = $1::int4 AND application_name = convert_from($2::bytea, 'UTF8')
            AND state IN ('idle', 'idle in transaction', 'idle in transaction (aborted)')
        """
    )
    static let laneOwners = PostgresStatement("lane_owners", "SELECT lane, owner, epoch FROM lane_owner ORDER BY lane")
    /// Keeps nodes from beating until the end of the transaction: their beats are over then, or see what it did.
    static let holdNodes = PostgresStatement(
        "hold_nodes",
        "SELECT number FROM node WHERE number = ANY($1::int2[]) ORDER BY number FOR UPDATE"
    )
    /// Takes lanes that still are as they were seen, of nodes that were not heard since, for a node that still is who it was.
    static let takeLanes = PostgresStatement(
        "take_lanes",
        """
        UPDATE lane_owner SET owner = $1::int2, epoch = lane_owner.epoch + 1
        FROM unnest($3::int2[], $4::int8[], $5::int8[]) AS n (lane, epoch, beat)
        WHERE lane_owner.lane = n.lane AND lane_owner.epoch = n.epoch
            AND NOT EXISTS (SELECT 1 FROM node o WHERE o.number = lane_owner.owner AND o.beat <> n.beat)
            AND EXISTS (SELECT 1 FROM node WHERE number = $1::int2 AND holder = $2::uuid)
        RETURNING lane_owner.lane, lane_owner.epoch
        """
    )
    static let giveBackLanes = PostgresStatement(
        "give_back_lanes",
        """
        UPDATE lane_owner SET owner = 0, epoch = lane_owner.epoch + 1
        FROM unnest($2::int2[], $3::int8[]) AS n (lane, epoch)
        WHERE lane_owner.lane = n.lane AND lane_owner.epoch = n.epoch AND lane_owner.owner = $1::int2
        """
    )
    static let leaveNodes = PostgresStatement(
        "leave_nodes",
        """
        DELETE FROM node WHERE number = $1::int2 AND holder = $2::uuid
            AND NOT EXISTS (SELECT 1 FROM lane_owner WHERE lane >= 0 AND owner = $1::int2)
        """
    )
    static let noteProgram = PostgresStatement(
        "note_program",
        """
        INSERT INTO node_program (number, holder, program, version) SELECT $1::int2, $2::uuid, $3::bytea, $4::int4
        WHERE EXISTS (SELECT 1 FROM node WHERE number = $1::int2 AND holder = $2::uuid)
        ON CONFLICT (number) DO UPDATE
        SET holder = excluded.holder, program = excluded.program, version = excluded.version
        """
    )
    static let forgetProgram = PostgresStatement(
        "forget_program",
        "DELETE FROM node_program WHERE number = $1::int2 AND holder = $2::uuid"
    )
    static let nodeNames = PostgresStatement(
        "node_names",
        "SELECT number, name, beat, leaving FROM node ORDER BY number"
    )
    static let hasNodePrograms = PostgresStatement(
        "has_node_programs",
        "SELECT to_regclass('node_program') IS NOT NULL"
    )
    /// Nodes with what they run; nothing where a process has the name that says nothing of its program.
    static let nodePrograms = PostgresStatement(
        "node_programs",
        """
        SELECT n.number, n.name, n.beat, n.leaving, p.program, p.version
        FROM node n LEFT JOIN node_program p ON p.number = n.number AND p.holder = n.holder ORDER BY n.number
        """
    )
    /// Whether anybody has ever served from the store.
    static let hasServed = PostgresStatement("has_served", "SELECT EXISTS (SELECT 1 FROM control_object)")
}
#endif
