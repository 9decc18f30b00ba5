/// How much of the events of a profile is needed or in hand.
public enum EventExtent: Int, Comparable, Sendable {
    /// Nothing but whether ids that were asked for are among them.
    case none
    /// Id and time of each.
    case index
    /// Everything.
    case whole

    /// By how much it is.
    public static func < (left: EventExtent, right: EventExtent) -> Bool { left.rawValue < right.rawValue }
}
