#if PostgreSQL
package import StorageCommon

/// Where a PostgreSQL storage is and how it is spoken to.
public struct PostgresOptions: Sendable {
    /// Where the database is: `postgres://user@host1,host2/name`, as libpq understands it.
    public var url: String
    /// The schema in which everything is; it is made where there is none.
    public var schema = "headwater"
    /// Days for which it is kept which records were delivered (BEHAVIOUR 3.11); 0 = not at all.
    public var ledgerDays = 30
    /// Whether a store is made where there is none.
    public var makesStore = true
    /// Whether tables that lack something get it; else the store is refused then.
    public var changesTables = true
    /// Of which version a store is made where there is none, so that programs of that version can use it too; nil = this program's.
    public var newVersion: Int32?
    /// Whether the store is opened by whoever leads: it claims records, which one process at a time does, the last that has opened the
    /// store so; and it brings tables of an earlier version to this one's.
    public var leads = true
    /// Whether several nodes may use a database whose standbys are not waited for, so that a failover loses what was acknowledged.
    public var acceptsAsynchronousStandbys = false
    /// Told how far an upgrade of an older store is, in sentences.
    public var reportProgress: @Sendable (String) -> Void = { _ in }
    /// Remembers what the database has acknowledged, beyond the end of this process; nil = nobody does.
    package var witness: (any AcknowledgedBatches)?
    /// What tells this process from others over the same store; of several with one number the last that has opened it writes.
    public var node: Int16 = 0
    /// Batches that may be under way at a time, each over a connection of its own, 1 to ``PostgresStorage/writersMax``.
    public var writers = 1
    /// Whether what commits batches knows nothing of what claims and settles, as if they were two processes; tests ask for it.
    package var writesApart = false
    /// The isolation of transactions; everything holds in the weakest, and tests ask for others.
    package var isolation = Isolation.readCommitted

    /// Shared by all connections that are made by these options or a copy of them.
    let silence = ServerSilence()

    /// How transactions see each other.
    package enum Isolation: String, Sendable, CaseIterable {
        case readCommitted = "read committed"
        case serializable = "serializable"
    }

    /// Creates options with the default values.
    public init(url: String) {
        self.url = url
    }

    /// What every connection is told at its beginning.
    var settings: [String] {
        [
            "SET client_min_messages = warning",
            "SET default_transaction_isolation = '\(isolation.rawValue)'",
            // A holder that was paused must not hold up all others (docs/decisions/0069).
            "SET idle_in_transaction_session_timeout = '2s'",
            "SET lock_timeout = '3s'",
            "SET synchronous_commit = on",
            // Arrays are of any length: one plan by indexes serves them all.
            "SET plan_cache_mode = force_generic_plan",
            "SET jit = off",
            // Everything is found by its key, few rows of many, whatever the tables' statistics say when they are young.
            "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off",
            "SET enable_bitmapscan = off", "SET enable_material = off",
            "SET search_path = \(quotedSchema)",
        ]
    }

    /// The name of the schema as SQL takes it.
    var quotedSchema: String {
        "\"" + schema.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
#endif
