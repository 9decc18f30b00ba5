#if PostgreSQL
import PostgresStorage
#endif

/// The database in which a server has its store, and this process among those that use it.
struct SharedDatabase: Sendable {
    /// Its URL.
    var url: String
    /// Batches of this process that may be under way at a time, in ``writersRange``.
    var writers = 1
    /// Whether several nodes may use it although it waits for no standby that it has.
    var acceptsAsynchronousStandbys = false
    /// This process among the nodes that use it, once it has joined them.
    var node: ServerNode?

    /// How many writers a process can have.
    #if PostgreSQL
    static let writersRange = 1...PostgresStorage.writersMax
    #else
    static let writersRange = 1...1
    #endif
}
