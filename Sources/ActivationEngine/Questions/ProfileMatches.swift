public import ActivationCore

/// Some stored profiles that were looked at, and those of them for which a question's expression holds.
public struct ProfileMatches: Sendable {
    /// A profile for which it holds.
    public struct Match: Sendable, Hashable {
        /// The id.
        public var id: Profile.ID
        /// The identities, in the order in which they joined.
        public var identities: [Identity]

        /// Creates a match.
        public init(id: Profile.ID, identities: [Identity]) {
            self.id = id
            self.identities = identities
        }
    }

    /// The row of the last profile that was looked at; nil when there was none.
    public var lastRow: Int64?
    /// How many were looked at.
    public var read: Int
    /// Those for which the expression holds, in the order of their rows.
    public var matches: [Match]

    /// Creates an outcome.
    public init(lastRow: Int64?, read: Int, matches: [Match]) {
        self.lastRow = lastRow
        self.read = read
        self.matches = matches
    }
}
