/// A dataflow's books (I5): triggered = delivered + superseded + suppressed + parked + pending.
public struct DataflowCounters: Hashable, Sendable {
    /// Records that a change called for.
    public var triggered: Int64
    /// Acknowledged by the destination.
    public var delivered: Int64
    /// Replaced by a newer record before they left (an option of later versions; always 0 now).
    public var superseded: Int64
    /// Not made because the dataflow was disabled.
    public var suppressedDisabled: Int64
    /// Dropped because the dataflow was deleted.
    public var suppressedDeleted: Int64
    /// Refused by the destination, and kept as dead letters until they are one of the three that follow.
    public var parked: Int64
    /// Dead letters in place of which another record was called for.
    public var replayed: Int64
    /// Dead letters that somebody gave up, or that were kept for long enough.
    public var discarded: Int64
    /// Dead letters that went with their profile.
    public var erased: Int64

    /// Creates counters.
    public init(
        triggered: Int64 = 0,
        delivered: Int64 = 0,
        superseded: Int64 = 0,
        suppressedDisabled: Int64 = 0,
        suppressedDeleted: Int64 = 0,
        parked: Int64 = 0,
        replayed: Int64 = 0,
        discarded: Int64 = 0,
        erased: Int64 = 0
    ) {
        self.triggered = triggered
        self.delivered = delivered
        self.superseded = superseded
        self.suppressedDisabled = suppressedDisabled
        self.suppressedDeleted = suppressedDeleted
        self.parked = parked
        self.replayed = replayed
        self.discarded = discarded
        self.erased = erased
    }

    /// The dead letters that are kept; the auditor compares it with those that there are.
    public var deadLetters: Int64 { parked - replayed - discarded - erased }

    /// What the books say is still waiting; the auditor compares it with the rows in the outbox.
    public var pending: Int64 {
        triggered - delivered - superseded - suppressedDisabled - suppressedDeleted - parked
    }

    /// What was counted after an earlier state of the same books.
    public func since(_ earlier: DataflowCounters) -> DataflowCounters {
        DataflowCounters(
            triggered: triggered - earlier.triggered,
            delivered: delivered - earlier.delivered,
            superseded: superseded - earlier.superseded,
            suppressedDisabled: suppressedDisabled - earlier.suppressedDisabled,
            suppressedDeleted: suppressedDeleted - earlier.suppressedDeleted,
            parked: parked - earlier.parked,
            replayed: replayed - earlier.replayed,
            discarded: discarded - earlier.discarded,
            erased: erased - earlier.erased
        )
    }

    /// Adds another count to this one.
    public static func += (left: inout DataflowCounters, right: DataflowCounters) {
        left.triggered += right.triggered
        left.delivered += right.delivered
        left.superseded += right.superseded
        left.suppressedDisabled += right.suppressedDisabled
        left.suppressedDeleted += right.suppressedDeleted
        left.parked += right.parked
        left.replayed += right.replayed
        left.discarded += right.discarded
        left.erased += right.erased
    }
}
