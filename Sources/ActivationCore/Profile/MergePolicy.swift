/// How a profile's fragments become one view (BEHAVIOUR 4.4).
public struct MergePolicy: Hashable, Sendable {
    /// A merge policy's id.
    public struct ID: Hashable, Sendable {
        /// The UUID.
        public var uuid: UUIDBytes

        /// Wraps a UUID.
        public init(uuid: UUIDBytes) {
            self.uuid = uuid
        }
    }

    /// Who wins when several datasets state the same attribute.
    public enum AttributeMerge: Hashable, Sendable {
        /// The latest write.
        case timestampOrdered
        /// Of the datasets with these ids the first that has a value; what others state is not merged at all.
        case dataSetPrecedence(order: [String])
    }

    /// Which identities make one profile.
    public enum IdentityGraph: Hashable, Sendable {
        /// All that the private graph links.
        case pdg
        /// Nobody's with another: each identity is a view of its own.
        case none
    }

    /// The id.
    public var id: ID
    /// The name shown to people.
    public var name: String
    /// Who wins.
    public var attributeMerge: AttributeMerge
    /// Who belongs together.
    public var identityGraph: IdentityGraph
    /// When its rule last changed, later each time; nil = never.
    ///
    /// Its audiences are evaluated anew when this differs.
    public var ruleChangedAt: Timestamp?

    /// Creates a policy.
    public init(
        id: ID,
        name: String,
        attributeMerge: AttributeMerge,
        identityGraph: IdentityGraph,
        ruleChangedAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.attributeMerge = attributeMerge
        self.identityGraph = identityGraph
        self.ruleChangedAt = ruleChangedAt
    }
}
