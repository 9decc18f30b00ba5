/// Why a record is exported; several may hold at once (RULINGS 4).
public struct TriggerReasons: OptionSet, Hashable, Sendable {
    /// The bits; stored, so they never change.
    public var rawValue: UInt8

    /// Wraps stored bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// T1: the status in a mapped audience changed.
    public static let membership = TriggerReasons(rawValue: 1)
    /// T2: an identity was added or removed.
    public static let identity = TriggerReasons(rawValue: 2)
    /// T3: a mapped attribute was written.
    public static let attribute = TriggerReasons(rawValue: 4)
}

/// Why a row is in the outbox at all; rows of one profile keep their order across lanes.
public enum OutboxLane: UInt8, Hashable, Sendable {
    /// Something happened to the profile.
    case live = 0
    /// Somebody who was a member before the audience was mapped.
    case backfill = 1
    /// Sent before and wanted again.
    case replay = 2
}

/// One record that must reach a stream; at most one per (dataflow, merge policy, view, revision) (I2, RULINGS 7).
public struct OutboxRow: Sendable {
    /// The storage's own handle, assigned by `commit`; 0 before.
    public var row: Int64
    /// Whose record it is.
    public var dataflow: Dataflow.ID
    /// The profile, and the ordering key of all its records (RULINGS 7).
    public var profile: Profile.ID
    /// The merge policy whose view was rendered.
    public var mergePolicy: MergePolicy.ID
    /// The profile's revision after the change.
    public var revision: Int64
    /// What brought it here.
    public var lane: OutboxLane
    /// Why it is sent.
    public var reasons: TriggerReasons
    /// Kinesis' partition key, fixed when decided.
    public var partitionKey: String
    /// The JSON as it will be sent.
    public var payload: [UInt8]
    /// When the causing input was admitted.
    public var admittedAt: Timestamp

    /// Creates a row that is not stored yet.
    public init(
        row: Int64 = 0,
        dataflow: Dataflow.ID,
        profile: Profile.ID,
        mergePolicy: MergePolicy.ID,
        revision: Int64,
        lane: OutboxLane = .live,
        reasons: TriggerReasons,
        partitionKey: String,
        payload: [UInt8],
        admittedAt: Timestamp
    ) {
        self.row = row
        self.dataflow = dataflow
        self.profile = profile
        self.mergePolicy = mergePolicy
        self.revision = revision
        self.lane = lane
        self.reasons = reasons
        self.partitionKey = partitionKey
        self.payload = payload
        self.admittedAt = admittedAt
    }
}

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
    /// Refused by the destination and kept as dead letters.
    public var parked: Int64

    /// Creates counters.
    public init(
        triggered: Int64 = 0,
        delivered: Int64 = 0,
        superseded: Int64 = 0,
        suppressedDisabled: Int64 = 0,
        suppressedDeleted: Int64 = 0,
        parked: Int64 = 0
    ) {
        self.triggered = triggered
        self.delivered = delivered
        self.superseded = superseded
        self.suppressedDisabled = suppressedDisabled
        self.suppressedDeleted = suppressedDeleted
        self.parked = parked
    }

    /// What the books say is still waiting; the auditor compares it with the rows in the outbox.
    public var pending: Int64 {
        triggered - delivered - superseded - suppressedDisabled - suppressedDeleted - parked
    }

    /// Adds another count to this one.
    public static func += (left: inout DataflowCounters, right: DataflowCounters) {
        left.triggered += right.triggered
        left.delivered += right.delivered
        left.superseded += right.superseded
        left.suppressedDisabled += right.suppressedDisabled
        left.suppressedDeleted += right.suppressedDeleted
        left.parked += right.parked
    }
}
