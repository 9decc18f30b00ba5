/// What one input did to one profile; what triggers are detected from.
struct ProfileChange: Sendable {
    /// One audience, by index into the catalog, whose status changed.
    struct StatusChange: Sendable {
        var audience: Int
        var status: MembershipStatus
    }

    /// The input made the profile.
    var isNew = false
    /// The input made one profile of several.
    var isMerge = false
    /// An identity was added or removed (T2).
    var identitiesChanged = false
    /// The leaves the message named, whether or not they won (T3).
    var writtenPaths: [PathID] = []
    /// The profile's events changed.
    var hasNewEvent = false
    /// Audiences whose status changed (T1).
    var statusChanges: [StatusChange] = []
}
