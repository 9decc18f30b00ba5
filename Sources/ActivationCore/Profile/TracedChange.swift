/// What one input did to a profile, as far as it matters to why a dataflow exported it or did not.
///
/// It holds numbers of paths and ids of audiences, never a value.
public struct TracedChange: Sendable, Equatable {
    /// So many of a profile's last changes are kept at most.
    public static let keptMax = 16

    /// What the input was about and did; none of these: time passed, or an audience was evaluated.
    public struct Kinds: OptionSet, Hashable, Sendable {
        /// The bits; stored, so they never change.
        public var rawValue: UInt16

        /// Wraps stored bits.
        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// It made the profile.
        public static let created = Kinds(rawValue: 1)
        /// It made one profile of several.
        public static let merged = Kinds(rawValue: 2)
        /// An identity joined or left.
        public static let identities = Kinds(rawValue: 4)
        /// Identities stand in other places since, as one left.
        public static let reordered = Kinds(rawValue: 8)
        /// Attributes were stated.
        public static let attributes = Kinds(rawValue: 16)
        /// An event came.
        public static let event = Kinds(rawValue: 32)
        /// Memberships in external audiences were stated.
        public static let statement = Kinds(rawValue: 64)
        /// Nothing happened to the profile but that a record was made of it: a turn in a backfill, or what a disabled dataflow
        /// had left undone.
        public static let turn = Kinds(rawValue: 128)
        /// The operator's rules left the profile out of evaluation and export.
        public static let excluded = Kinds(rawValue: 256)
        /// A dataset ended: the attributes that are named, and its events, went.
        public static let ended = Kinds(rawValue: 512)
    }

    /// The status in one audience, before and after.
    public struct Status: Sendable, Equatable {
        /// Where the identity stood whose own standing it is, under a policy that links nobody; nil = that of all identities.
        public var place: Int?
        /// The audience.
        public var audience: Audience.ID
        /// Nil = there was no standing.
        public var before: MembershipStatus?
        /// The new one.
        public var after: MembershipStatus
    }

    /// The profile's revision after it.
    public var revision: Int64
    /// When it was admitted.
    public var at: Timestamp
    /// What it was about.
    public var kinds: Kinds
    /// The number of the dataset of attributes or of an event; 0 = there is none.
    public var dataset: UInt16
    /// Where the identity stood that stated the attributes.
    public var place: Int
    /// Attributes that were stated, the first ``ChangeTrail/pathsMax`` of them.
    public var paths: [PathID]
    /// How many were stated in all.
    public var pathCount: Int
    /// Statuses that changed, the first ``ChangeTrail/statusesMax`` of them.
    public var statuses: [Status]
    /// How many changed in all.
    public var statusCount: Int
}
