/// What became of an input.
public enum DecisionResult: Sendable, Hashable {
    /// It changed a profile.
    case accepted
    /// The profile already has this event; nothing changed (BEHAVIOUR 4.8).
    case duplicate
    /// It cannot be taken; nothing changed.
    case refused(MessageError)
}
