#if PostgreSQL
import ActivationCore
import ActivationEngine

/// The connection over which a node says that it is there.
final class MembershipDatabase {
    let connection: PostgresConnection
    let node: Int16
    /// What tells this process from another that has taken the node's name.
    private let holder: UUIDBytes

    /// How long an answer is waited for: one that comes later says nothing of now.
    private static let patience: Duration = .seconds(4)
    /// How often a number is asked for while others get one.
    private static let joinsMax = 8

    /// Connects, and enters this process under a node's name.
    ///
    /// - Parameters:
    ///   - options: Where the store is.
    ///   - name: The node's name.
    ///   - program: What it runs, as people know it.
    /// - Throws: `unavailable` when nobody answers; what the database refuses.
    init(_ options: PostgresOptions, _ name: String, _ program: String) throws(StorageError) {
        holder = UUIDBytes(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
        // By its name others see that the connection is there, and when it is gone.
        connection = try PostgresConnection(
            options,
            name: "headwater beat \(holder)",
            patience: Self.patience,
            doubt: nil,
            pauseAfterFailure: .zero
        )
        let call = PostgresCall(PostgresStatements.joinNodes, .text(name), .uuid(holder))
        node = try Self.number(connection, call)
        let note = PostgresCall(
            PostgresStatements.noteProgram,
            .int2(node),
            .uuid(holder),
            .text(program),
            .int4(PostgresMigrator.programVersion)
        )
        do throws(StorageError) {
            _ = try connection.run(note)
            // Whether it may do what it will have to do when it leads.
            _ = try connection.run(PostgresCall(PostgresStatements.takeReach, .int2(-1)))
        } catch {
            try? leave()
            throw error
        }
    }

    private static func number(
        _ connection: PostgresConnection,
        _ call: PostgresCall
    ) throws(StorageError) -> Int16 {
        for _ in 1..<joinsMax {
            do throws(StorageError) {
                return try connection.run(call).int2(0, 0)
            } catch {
                // Another node got the number at the same time.
                guard error.code == .conflict else { throw error }
            }
        }
        return try connection.run(call).int2(0, 0)
    }

    /// Makes sure that what one of several nodes acknowledges is there after a failover, too.
    ///
    /// - Throws: `io` when other nodes use the store and the database has standbys of which it waits for none.
    func checkStandbys() throws(StorageError) {
        let answers = try connection.run([
            PostgresCall(PostgresStatements.nodes), PostgresCall(PostgresStatements.standbys),
            PostgresCall(PostgresStatements.setting, .text("synchronous_standby_names")),
        ])
        guard answers.count == 3, answers[0].count > 1, answers[1].count > 0 else { return }
        guard try answers[2].text(0, 0).isEmpty else { return }
        throw StorageError(
            .io,
            "the database has a standby and waits for none (synchronous_standby_names is empty), so that a failover loses what was "
                + "acknowledged while the other nodes go on: name the standby there, or accept that with --accept-async-replication"
        )
    }

    /// Whether no node has served from the store before.
    func isNew() throws(StorageError) -> Bool {
        try !connection.run(PostgresCall(PostgresStatements.hasServed)).bool(0, 0)
    }

    /// Whether the tables are such that this program can use them.
    func hasUsableTables(_ options: PostgresOptions) throws(StorageError) -> Bool {
        try PostgresMigrator(connection, options).state().isUsable
    }

    /// See ``Membership/beat(isLeaving:)``.
    func beat(isLeaving: Bool) throws(StorageError) -> ClusterView {
        // One transaction, as everything between two ends of a pipeline is.
        let answers = try connection.run([
            PostgresCall(PostgresStatements.beatNode, .int2(node), .uuid(holder), .bool(isLeaving)),
            PostgresCall(PostgresStatements.nodes), PostgresCall(PostgresStatements.laneOwners),
        ])
        guard answers.count == 3 else { throw StorageError(.io, "the database did not answer all that it was asked") }
        guard answers[0].count == 1 else {
            throw StorageError(
                .fenced,
                "another process has taken this node's name, or the database was put back to an earlier state; give each node a name of its "
                    + "own with --node"
            )
        }
        var view = ClusterView(nodes: [], lanes: [])
        view.instant = try answers[0].instant(0, 1)
        for index in 0..<answers[1].count {
            view.nodes.append(
                ClusterView.Node(
                    number: try answers[1].int2(index, 0),
                    beat: try answers[1].int8(index, 1),
                    isLeaving: try answers[1].bool(index, 2),
                    isConnected: try answers[1].bool(index, 3)
                )
            )
        }
        for index in 0..<answers[2].count {
            let lease = LaneLease(lane: try answers[2].int2(index, 0), epoch: try answers[2].int8(index, 2))
            view.lanes.append(ClusterView.Lane(lease: lease, owner: try answers[2].int2(index, 1)))
        }
        return view
    }

    /// See ``Membership/take(_:)``.
    func take(_ takings: [LaneOwnership.Taking]) throws(StorageError) -> [LaneLease] {
        let answers = try connection.run([
            PostgresCall(PostgresStatements.holdNodes, .int2s(takings.map(\.owner))),
            PostgresCall(
                PostgresStatements.takeLanes,
                .int2(node),
                .uuid(holder),
                .int2s(takings.map(\.seen.lane)),
                .int8s(takings.map(\.seen.epoch)),
                .int8s(takings.map(\.beat))
            ),
        ])
        guard let rows = answers.last else { return [] }
        var taken: [LaneLease] = []
        for index in 0..<rows.count {
            taken.append(LaneLease(lane: try rows.int2(index, 0), epoch: try rows.int8(index, 1)))
        }
        return taken
    }

    /// See ``Membership/giveBack(_:)``.
    func giveBack(_ leases: [LaneLease]) throws(StorageError) {
        _ = try connection.run(
            PostgresCall(
                PostgresStatements.giveBackLanes,
                .int2(node),
                .int2s(leases.map(\.lane)),
                .int8s(leases.map(\.epoch))
            )
        )
    }

    /// See ``Membership/leave()``.
    func leave() throws(StorageError) {
        _ = try connection.run([
            PostgresCall(PostgresStatements.leaveNodes, .int2(node), .uuid(holder)),
            PostgresCall(PostgresStatements.forgetProgram, .int2(node), .uuid(holder)),
        ])
    }
}
#endif
