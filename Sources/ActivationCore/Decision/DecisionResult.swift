/// What became of an input.
public enum DecisionResult: Sendable, Hashable {
    /// It changed a profile.
    case accepted
    /// The profile already has this event; nothing changed (RULINGS 20).
    case duplicate
    /// It cannot be taken; nothing changed.
    case refused(MessageError)
}
