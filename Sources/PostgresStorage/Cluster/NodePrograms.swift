#if PostgreSQL
public import ActivationEngine

/// What the nodes over a store run, for whoever upgrades them one after the other (docs/operate/nodes.md).
public struct NodePrograms: Sendable {
    /// A node.
    public struct Node: Sendable, Hashable {
        /// Its number.
        public var number: Int16
        /// Its name.
        public var name: String
        /// Which program it runs, as people know it; nil = one that does not say so.
        public var program: String?
        /// Up to which version of the tables its program knows; nil = one from before nodes said it, which is 1.
        public var version: Int32?
        /// Whether it leads.
        public var leads: Bool
        /// Whether it said that it is there between two looks, and is not on its way out.
        public var isAtWork: Bool

        /// Whether its program knows this one's tables.
        public var isOfThisProgram: Bool { (version ?? 1) >= PostgresMigrator.programVersion }
    }

    /// The nodes, by number.
    public let nodes: [Node]

    /// Nodes at work that cannot go on once the upgrade is finished.
    public var inTheWay: [Node] { nodes.filter { $0.isAtWork && !$0.isOfThisProgram } }

    /// So long two looks are apart: a node says twice a second that it is there.
    private static let interval: Duration = .seconds(3)

    /// Looks at the nodes, twice within some seconds.
    ///
    /// - Parameter options: Where the store of the default sandbox is.
    /// - Returns: What they run.
    /// - Throws: `corrupt` when a node cannot be read; `unavailable` when nobody answers.
    public static func look(at options: PostgresOptions) async throws(StorageError) -> NodePrograms {
        let connection = try PostgresConnection(options, name: "headwater upgrade")
        let before = try read(connection)
        guard !before.isEmpty else { return NodePrograms(nodes: []) }
        try? await Task.sleep(for: interval)
        let owners = try connection.run(PostgresCall(PostgresStatements.laneOwners))
        var leaders: Set<Int16> = []
        for index in 0..<owners.count { leaders.insert(try owners.int2(index, 1)) }
        let beats = Dictionary(before.map { ($0.node.number, $0.beat) }) { first, _ in first }
        return NodePrograms(
            nodes: try read(connection).map { seen in
                var node = seen.node
                node.leads = leaders.contains(node.number)
                node.isAtWork = beats[node.number] != seen.beat && !seen.isLeaving
                return node
            }
        )
    }

    private static func read(
        _ connection: PostgresConnection
    ) throws(StorageError) -> [(node: Node, beat: Int64, isLeaving: Bool)] {
        guard try connection.run(PostgresCall(PostgresStatements.isThere)).bool(0, 0) else { return [] }
        // Without that table no node of this program has been there yet.
        let isTold = try connection.run(PostgresCall(PostgresStatements.hasNodePrograms)).bool(0, 0)
        let statement = isTold ? PostgresStatements.nodePrograms : PostgresStatements.nodeNames
        let rows = try connection.run(PostgresCall(statement))
        var nodes: [(Node, Int64, Bool)] = []
        for index in 0..<rows.count {
            let isTold = isTold && !rows.isNull(index, 5)
            let node = Node(
                number: try rows.int2(index, 0),
                name: String(decoding: rows.bytes(index, 1), as: UTF8.self),
                program: isTold ? String(decoding: rows.bytes(index, 4), as: UTF8.self) : nil,
                version: isTold ? try rows.int4(index, 5) : nil,
                leads: false,
                isAtWork: false
            )
            nodes.append((node, try rows.int8(index, 2), try rows.bool(index, 3)))
        }
        return nodes
    }
}
#endif
