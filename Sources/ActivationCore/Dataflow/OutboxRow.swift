/// One record that must reach a stream; at most one per (dataflow, merge policy, view, revision) (I2, BEHAVIOUR 3.16).
public struct OutboxRow: Sendable {
    /// The storage's own handle, assigned by `commit`; 0 before.
    public var row: Int64
    /// Whose record it is.
    public var dataflow: Dataflow.ID
    /// The profile, and the ordering key of all its records (BEHAVIOUR 3.16).
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
    /// Where the identity stands in the profile that the record alone shows; nil when it shows all, or when it was read from a
    /// storage, which does not keep it.
    public var place: Int?
    /// The audiences of which it tells, each once (BEHAVIOUR 1.11); none when it was stored before they were kept.
    public var audiences: [Audience.ID] = []
    /// Where the causing input stands among those decided with it; nil when nobody asked, or when it was read from a storage,
    /// which does not keep it.
    public var input: Int?

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
