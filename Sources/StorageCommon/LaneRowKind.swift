/// What a row of a lane is.
///
/// All rows of a profile leave in the order of their numbers. What is no record leaves alone: only when everything of its profile before
/// it has left, and nothing of the profile leaves before it has.
package enum LaneRowKind: Int16, Hashable, Sendable {
    /// A record, which is sent.
    case record = 0
    /// The last row of a profile that another one has absorbed: whoever relays the lane takes it away together with the gate that it names.
    case marker = 1
    /// The rows of a profile that has absorbed another one wait here until the absorbed one's marker takes the gate away.
    case gate = 2
    /// What was a record until its profile was deleted: it may be in somebody's hands, and is taken away without being sent.
    case void = 3
}
