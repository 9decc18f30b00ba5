/// How far an audience has come (BEHAVIOUR 5.2).
public enum AudienceLifecycle: String, Sendable, Hashable, CaseIterable {
    /// Being made: evaluated and counted, not to be sent anywhere.
    case draft
    /// In use.
    case published
    /// At rest: not evaluated; its stored memberships stay as they are.
    case inactive
}
