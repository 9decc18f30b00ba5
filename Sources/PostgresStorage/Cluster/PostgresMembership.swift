#if PostgreSQL
import ActivationCore
public import ActivationEngine
import StorageCommon

/// Who there is of the nodes that use the store in a database (docs/operate/nodes.md).
///
/// It has a connection of its own, so that no other work delays what it says.
public final class PostgresMembership: Membership {
    private let database: DatabaseActor<MembershipDatabase>
    private let options: PostgresOptions
    /// See ``Membership/node``.
    public let node: Int16

    /// Enters this process as a node; makes the tables where there are none, and changes none, since another node may use them.
    ///
    /// - Parameters:
    ///   - options: Where the store is.
    ///   - name: The node's name, which no other node has. A process that has it already is replaced.
    ///   - program: What the node runs, as people know it.
    /// - Returns: The node.
    /// - Throws: `unavailable` when nobody answers; `notAStore`, `corrupt` or `io` when the store cannot be used, or not by several.
    public static func join(
        _ options: PostgresOptions,
        as name: String,
        running program: String
    ) throws(StorageError) -> PostgresMembership {
        try StoreOpening(options).prepare(upgrades: false)
        let database = try MembershipDatabase(options, name, program)
        if !options.acceptsAsynchronousStandbys {
            do throws(StorageError) {
                try database.checkStandbys()
            } catch {
                try? database.leave()
                throw error
            }
        }
        return PostgresMembership(
            options,
            node: database.node,
            database: DatabaseActor(threadName: "postgres-beat", database: database)
        )
    }

    private init(_ options: PostgresOptions, node: Int16, database: DatabaseActor<MembershipDatabase>) {
        (self.options, self.node, self.database) = (options, node, database)
    }

    /// Whether no node has ever served from the store.
    public func isNew() async throws(StorageError) -> Bool {
        try await database.perform { database throws(StorageError) in try database.isNew() }
    }

    /// Whether the store can be used beside the node that leads: one has served from it, and its tables are such that this program
    /// can use them.
    public func canFollow() async throws(StorageError) -> Bool {
        let options = options
        return try await database.perform { database throws(StorageError) in
            guard try database.hasUsableTables(options) else { return false }
            return try !database.isNew()
        }
    }

    /// See ``Membership/beat(isLeaving:)``.
    public func beat(isLeaving: Bool) async throws(StorageError) -> ClusterView {
        try await database.perform { database throws(StorageError) in try database.beat(isLeaving: isLeaving) }
    }

    /// See ``Membership/take(_:)``.
    public func take(_ takings: [LaneOwnership.Taking]) async throws(StorageError) -> [LaneLease] {
        try await database.perform { database throws(StorageError) in try database.take(takings) }
    }

    /// See ``Membership/giveBack(_:)``.
    public func giveBack(_ leases: [LaneLease]) async throws(StorageError) {
        try await database.perform { database throws(StorageError) in try database.giveBack(leases) }
    }

    /// See ``Membership/leave()``.
    public func leave() async throws(StorageError) {
        try await database.perform { database throws(StorageError) in try database.leave() }
    }

    /// Ends the connection.
    public func close() async throws(StorageError) {
        try await database.close { database throws(StorageError) in database.connection.disconnect() }
    }
}
#endif
