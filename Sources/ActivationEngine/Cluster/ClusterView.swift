public import ActivationCore

/// Which nodes there are and who relays what, as the database says it at one moment: that of the beat that asked.
public struct ClusterView: Hashable, Sendable {
    /// A node.
    public struct Node: Hashable, Sendable {
        /// Its number; none is 0.
        public var number: Int16
        /// How often it has said that it is there.
        public var beat: Int64
        /// Whether it is on its way out, and gives back what it has.
        public var isLeaving: Bool
        /// Whether the database has a connection over which it says that it is there; also false where the database does not tell.
        public var isConnected: Bool

        /// Creates a node.
        public init(number: Int16, beat: Int64, isLeaving: Bool = false, isConnected: Bool = false) {
            self.number = number
            self.beat = beat
            self.isLeaving = isLeaving
            self.isConnected = isConnected
        }
    }

    /// A lane.
    public struct Lane: Hashable, Sendable {
        /// The lane, and how often it has changed hands.
        public var lease: LaneLease
        /// The node that relays it; 0 = nobody does, and nothing of it is on its way.
        public var owner: Int16

        /// Creates a lane.
        public init(lease: LaneLease, owner: Int16) {
            self.lease = lease
            self.owner = owner
        }
    }

    /// All nodes, by number.
    public var nodes: [Node]
    /// All lanes, by number.
    public var lanes: [Lane]
    /// What the database's clock said; nil where it has none.
    public var instant: Timestamp?

    /// Creates a view.
    public init(nodes: [Node], lanes: [Lane]) {
        self.nodes = nodes
        self.lanes = lanes
    }
}
