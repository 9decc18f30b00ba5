/// What an input about identities did (BEHAVIOUR 3.11, 3.12).
public enum IdentityChange: Sendable, Hashable {
    /// A profile and the revision that the change made.
    public struct Part: Sendable, Hashable {
        /// The profile.
        public var profile: Profile.ID
        /// Its revision.
        public var revision: Int64
        /// Its identities; of a deleted profile those that it had.
        public var identities: [Identity]

        init(_ state: ProfileState) {
            profile = state.id
            revision = state.revision
            identities = state.identities.map(\.identity)
        }
    }

    /// Nobody has one of the identities, or it is not suppressed; nothing changed.
    case unknown
    /// No message has named the two together; nothing changed.
    case notLinked
    /// The link is gone and the profile holds together without it.
    case unlinked(Part)
    /// The link is gone and the profile is two now: the one that keeps its id, and the new one.
    case split(rest: Part, part: Part)
    /// The identity has left its profile.
    case removed(Part)
    /// The profile is gone.
    case deleted(Part)
    /// The identity is not suppressed any more.
    case readmitted
}
