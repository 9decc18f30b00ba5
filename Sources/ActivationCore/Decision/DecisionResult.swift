/// What became of an input.
public enum DecisionResult: Sendable, Hashable {
    /// The message is taken; it changed a profile.
    case accepted
    /// The message is taken without some of what it says.
    case acceptedWithout(Omissions)
    /// Audiences were evaluated for a stored profile.
    case evaluated(ProfileEvaluation)
    /// The profile already has this event; nothing changed (BEHAVIOUR 4.8).
    case duplicate
    /// It cannot be taken; nothing changed.
    case refused(MessageError)
    /// What became of identities and their profile.
    case identities(IdentityChange)
}
