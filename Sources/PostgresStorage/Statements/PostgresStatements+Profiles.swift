#if PostgreSQL
extension PostgresStatements {
    // MARK: Dictionaries

    static let paths = PostgresStatement(
        "paths",
        "SELECT id, parent, name FROM path WHERE scope = $1::int4 ORDER BY id"
    )
    static let datasets = PostgresStatement(
        "datasets",
        "SELECT id, name FROM dataset WHERE scope = $1::int4 ORDER BY id"
    )
    /// Numbers are dense: the first new one follows the last, and the table's key keeps others from being given twice.
    static let insertPaths = PostgresStatement(
        "insert_paths",
        """
        WITH last AS (SELECT coalesce(max(id), 0) AS id FROM path WHERE scope = $1::int4), entered AS (
            INSERT INTO path (scope, id, parent, name)
            SELECT $1::int4, n.id, n.parent, n.name FROM unnest($2::int4[], $3::int4[], $4::bytea[]) AS n (id, parent, name)
            RETURNING id
        )
        SELECT 1 / ((SELECT id FROM last) + 1 = $5::int4)::int4 FROM (SELECT count(*) FROM entered) AS done
        """
    )
    static let insertDatasets = PostgresStatement(
        "insert_datasets",
        """
        WITH last AS (SELECT coalesce(max(id), 0) AS id FROM dataset WHERE scope = $1::int4), entered AS (
            INSERT INTO dataset (scope, id, name)
            SELECT $1::int4, n.id, n.name FROM unnest($2::int4[], $3::bytea[]) AS n (id, name) RETURNING id
        )
        SELECT 1 / ((SELECT id FROM last) + 1 = $4::int4)::int4 FROM (SELECT count(*) FROM entered) AS done
        """
    )

    // MARK: Loading

    /// Bytes of a value up to which it comes with its row; longer ones are asked for when all are known to have room.
    private static let inlineBytes = 32_768
    static let longValues = PostgresStatement(
        "long_values",
        """
        SELECT p.row, p.revision, p.value FROM unnest($2::int8[]) AS n (row)
        JOIN profile p ON p.scope = $1::int4 AND p.row = n.row AND p.shard = (n.row & 255)::int2
        """
    )
    /// The profiles that have some identities or ids, in the order of their keys.
    ///
    /// Each comes once for each identity, with its place, and with its value the first time alone. The last column is how many there were
    /// before they were locked.
    private static let wanted = """
        WITH found AS (
            SELECT i.profile AS row, q.place
            FROM unnest($2::int2[], $3::bytea[], $4::bytea[]) WITH ORDINALITY AS q (shard, namespace, value, place)
            JOIN identity i ON i.shard = q.shard AND i.scope = $1::int4 AND i.namespace = q.namespace AND i.value = q.value
            UNION ALL
            SELECT row, 0 FROM (
                SELECT (SELECT p.row FROM profile p WHERE p.scope = $1::int4 AND p.id = q.id LIMIT 1) AS row
                FROM unnest($5::uuid[]) AS q (id)
            ) AS named WHERE row IS NOT NULL
        ), wanted AS (
            SELECT row, place, row_number() OVER (PARTITION BY row ORDER BY place) AS copy, count(*) OVER () AS number
            FROM found
        )
        SELECT p.row, p.id, p.revision, p.due,
            CASE WHEN wanted.copy = 1 AND octet_length(p.value) <= \(inlineBytes) THEN p.value END,
            octet_length(p.value), wanted.place, wanted.number
        FROM wanted JOIN profile p ON p.scope = $1::int4 AND p.row = wanted.row AND p.shard = (wanted.row & 255)::int2
        ORDER BY p.row, wanted.copy
        """
    static let readProfiles = PostgresStatement("read_profiles", wanted)
    /// Locks them too: whoever comes second waits, and then sees what the first one made of them.
    static let lockProfiles = PostgresStatement("lock_profiles", wanted + " FOR UPDATE OF p")
    /// Whose identities are.
    static let identityOwners = PostgresStatement(
        "identity_owners",
        """
        SELECT q.place, i.profile
        FROM unnest($2::int2[], $3::bytea[], $4::bytea[]) WITH ORDINALITY AS q (shard, namespace, value, place)
        JOIN identity i ON i.shard = q.shard AND i.scope = $1::int4 AND i.namespace = q.namespace AND i.value = q.value
        """
    )
    /// Whether there are suppressions and marks at all.
    static let hints = PostgresStatement(
        "hints",
        """
        SELECT EXISTS (SELECT 1 FROM suppression WHERE scope = $1::int4), EXISTS (SELECT 1 FROM resume_mark)
        """
    )

    // MARK: Writing

    static let updateProfiles = PostgresStatement(
        "update_profiles",
        """
        WITH changed AS (
            UPDATE profile SET revision = n.revision, due = n.due, value = n.value
            FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::int8[], $7::bytea[])
                AS n (row, id, expected, revision, due, value)
            WHERE profile.scope = $1::int4 AND profile.row = n.row
                AND profile.shard = (n.row & 255)::int2 AND profile.id = n.id AND profile.revision = n.expected
            RETURNING 1
        )
        SELECT 1 / ((SELECT count(*) FROM changed) = $8::int8)::int4
        """
    )
    /// Whether an id is taken is asked for each by itself: a join could be planned to go through all that are stored.
    static let insertProfiles = PostgresStatement(
        "insert_profiles",
        """
        WITH known AS (
            SELECT count((SELECT p.row FROM profile p WHERE p.scope = $1::int4 AND p.id = q.id LIMIT 1)) AS number
            FROM unnest($3::uuid[]) AS q (id)
        ), entered AS (
            INSERT INTO profile (shard, scope, row, id, revision, due, value)
            SELECT (n.row & 255)::int2, $1::int4, n.row, n.id, n.revision, n.due, n.value
            FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::bytea[]) AS n (row, id, revision, due, value)
            RETURNING 1
        )
        SELECT 1 / ((SELECT number FROM known) = 0)::int4 FROM (SELECT count(*) FROM entered) AS done
        """
    )
    static let deleteProfile = PostgresStatement(
        "delete_profile",
        """
        WITH gone AS (
            DELETE FROM profile
            WHERE scope = $1::int4 AND row = $2::int8 AND shard = ($2::int8 & 255)::int2 AND id = $3::uuid
                AND revision = $4::int8
            RETURNING 1
        )
        SELECT 1 / (SELECT count(*) FROM gone)::int4
        """
    )
    static let profileRow = PostgresStatement(
        "profile_row",
        "SELECT row FROM profile WHERE scope = $1::int4 AND id = $2::uuid"
    )
    static let profileRows = PostgresStatement(
        "profile_rows",
        "SELECT q.id, p.row FROM unnest($2::uuid[]) AS q (id) JOIN profile p ON p.scope = $1::int4 AND p.id = q.id"
    )
    /// Those of some profiles that are there, which nobody absorbs or deletes until the end of the transaction.
    static let holdProfiles = PostgresStatement(
        "hold_profiles",
        """
        SELECT p.id FROM profile p WHERE p.scope = $1::int4 AND p.id = ANY ($2::uuid[]) ORDER BY p.row FOR UPDATE OF p
        """
    )

    // MARK: Identities

    /// Identities that nobody has, or one of some profiles: from anybody else they are not taken.
    static let writeIdentities = PostgresStatement(
        "write_identities",
        """
        WITH entered AS (
            INSERT INTO identity (shard, scope, namespace, value, profile)
            SELECT n.shard, $1::int4, n.namespace, n.value, n.profile
            FROM unnest($2::int2[], $3::bytea[], $4::bytea[], $5::int8[]) AS n (shard, namespace, value, profile)
            ON CONFLICT (shard, scope, namespace, value) DO UPDATE SET profile = excluded.profile
                WHERE $6::int8[] IS NULL OR identity.profile = ANY ($6::int8[])
            RETURNING 1
        )
        SELECT 1 / ((SELECT count(*) FROM entered) = $7::int8)::int4
        """
    )
    static let deleteIdentities = PostgresStatement(
        "delete_identities",
        """
        DELETE FROM identity USING unnest($2::int2[], $3::bytea[], $4::bytea[]) AS n (shard, namespace, value)
        WHERE identity.shard = n.shard AND identity.scope = $1::int4 AND identity.namespace = n.namespace
            AND identity.value = n.value
        """
    )

    // MARK: Lists

    static let scanProfileRows = PostgresStatement(
        "scan_profile_rows",
        "SELECT row, id FROM profile WHERE scope = $1::int4 AND row > $2::int8 ORDER BY row LIMIT $3::int8"
    )
    static let scanProfiles = PostgresStatement(
        "scan_profiles",
        """
        SELECT row, id, revision, due, value FROM profile WHERE scope = $1::int4 AND row > $2::int8
        ORDER BY row LIMIT $3::int8
        """
    )
    static let dueProfiles = PostgresStatement(
        "due_profiles",
        """
        SELECT id, due FROM profile WHERE scope = $1::int4 AND due IS NOT NULL ORDER BY due, row LIMIT $2::int8
        """
    )
}
#endif
