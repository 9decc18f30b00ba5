/// What one input did to one profile; what triggers are detected from.
struct ProfileChange: Sendable {
    /// One audience, by index into the catalog, whose status changed.
    struct StatusChange: Sendable {
        var audience: Int
        var status: MembershipStatus
        /// The standing before.
        var before: SegmentMembership?
    }

    /// The input made the profile.
    var isNew = false
    /// The input made one profile of several.
    var isMerge = false
    /// Those, as they stood before it.
    var united: [FormerStanding] = []
    /// The input made two profiles of one: how that stood before it, in the one that is new.
    var splitFrom: [SegmentMembership]?
    /// Turns in backfills that are over for the profile and were still to come for those that it absorbed.
    var overdueTurns: [OverdueTurn] = []
    /// Every audience may be another now, as the profile's facts and events are others.
    var concernsAllAudiences = false
    /// An identity was added or removed (T2).
    var identitiesChanged = false
    /// Identities that the profile did not have before.
    var newIdentities: [Identity] = []
    /// What identities that left had stated is its first identity's now.
    var isReattributed = false
    /// The leaves the message named, whether or not they won (T3).
    var writtenPaths: [PathID] = []
    /// Where the identity stands that stated them.
    var writtenPlace = 0
    /// The number of the dataset that they are from; 0 = there are none.
    var writtenDataset: UInt16 = 0
    /// The dataset ended, and with it what it had stated: `writtenPaths` went, here by the places of the identities that had
    /// stated them.
    var endsDataset = false
    var endedPaths: [Int: [PathID]] = [:]
    /// External audiences of which something was stated, and the place of the identity on whose behalf.
    var statedAudiences = SmallIndexSet()
    var statedPlace = 0
    /// Audiences that an event which came or went may matter to.
    var eventAudiences = SmallIndexSet()
    /// The number of the dataset of an event which came; nil when none did.
    var eventDataset: UInt16?
    /// Where the identity stands that an event which came is about; nil when none came or it names nobody.
    var eventPlace: Int?
    /// Where identities stand that events were about which left, or are about another one now, if anybody asks.
    var placesWithoutEvents: Set<Int> = []
    /// What is kept of the profile's events changed.
    var leavesChanged = false
    /// An audience's timer was set, moved or taken.
    var timersChanged = false
    /// The profile lost standings that nobody keeps any more.
    var hasLostMemberships = false
    /// Audiences whose status changed (T1), each once.
    var statusChanges: [StatusChange] = []
    /// The same of single identities by themselves, with the places where they stand.
    var viewStatusChanges: [(place: Int, status: StatusChange)] = []
    /// Nothing happened but that a record is made of the profile.
    var isTurn = false

    /// Whether the input changed the status in an audience (by index).
    func changesStatus(of audience: Int) -> Bool {
        statusChanges.contains { $0.audience == audience }
    }
}
