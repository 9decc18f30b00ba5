#if PostgreSQL
import ActivationEngine

/// What a server's answer means for whoever asked (PostgreSQL, Appendix A: Error Codes).
enum PostgresFailure {
    /// Whether a transaction failed because of others that ran beside it, so that the same again may succeed.
    static func isLostRace(_ sqlState: String, _ statement: String) -> Bool {
        ["40001", "40P01", "55P03"].contains(sqlState)
            // Somebody else has registered it meanwhile; it is found the next time.
            || sqlState == "23505" && statement == PostgresStatements.registerDataflow.name
    }

    /// The error of a class of failures; says nothing of what was stored or asked for.
    static func error(sqlState: String, _ statement: String) -> StorageError {
        switch sqlState {
        case _ where isLostRace(sqlState, statement):
            StorageError(.conflict, "another writer was first (\(sqlState)); load again")
        case "22012" where statement == PostgresStatements.noteBatch.name:
            StorageError(.fenced, "another process has taken over this one's place in the database")
        case "22012" where statement == PostgresStatements.checkCatalog.name:
            StorageError(.catalogChanged, "another node has changed the configuration; read it again")
        case "23505", "22012":
            // A key that is taken, or a check of ours that did not hold (`1/(…)::int`).
            StorageError(.conflict, "what \(statement) expected is not what is stored; load again")
        case "25P03", "57014":
            StorageError(.expired, "the database ended \(statement), which took too long; ask for less at a time")
        case "25006":
            StorageError(.unavailable, "the database takes no writes now; its primary is another server")
        case "42501":
            StorageError(
                .io,
                "the role may not do \(statement) in the database; grant it the right, or use another role"
            )
        case "53100":
            StorageError(.full, "the database's disk is full; make room there")
        case _ where sqlState == "53300" || sqlState.hasPrefix("08") || sqlState.hasPrefix("57P0"):
            StorageError(
                .unavailable,
                "the database cannot be reached or has no room for a connection (\(sqlState))"
            )
        case "XX001", "XX002":
            StorageError(.corrupt, "the database found damage in \(statement); restore it from a backup")
        default:
            StorageError(.io, "the database answered \(statement) with SQLSTATE \(sqlState)")
        }
    }
}
#endif
