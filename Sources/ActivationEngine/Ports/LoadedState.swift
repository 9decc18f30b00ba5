public import ActivationCore

/// What a storage knows of a ``LoadRequest``.
public struct LoadedState: Sendable {
    /// The profiles found, each once.
    public var profiles: [StoredProfile]
    /// For each requested identity the index of its profile in `profiles`, or nil when nobody has it.
    public var identityProfiles: [Int?]
    /// Whether the scope's suppression list holds anything.
    public var hasSuppressions: Bool
    /// Whether there may be marks of what is left undone (``ActivationCore/ResumeMark``).
    public var hasMarks: Bool

    /// Creates a state.
    public init(
        profiles: [StoredProfile] = [],
        identityProfiles: [Int?] = [],
        hasSuppressions: Bool = false,
        hasMarks: Bool = true
    ) {
        self.profiles = profiles
        self.identityProfiles = identityProfiles
        self.hasSuppressions = hasSuppressions
        self.hasMarks = hasMarks
    }
}
