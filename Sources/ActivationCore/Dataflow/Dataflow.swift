/// What is exported where: mapped audiences and attributes bound to one stream; `flow` in Adobe's API.
public struct Dataflow: Sendable {
    /// A dataflow's id.
    public struct ID: Hashable, Sendable {
        /// The UUID.
        public var uuid: UUIDBytes

        /// Wraps a UUID.
        public init(uuid: UUIDBytes) {
            self.uuid = uuid
        }
    }

    /// One audience mapped to the dataflow.
    public struct MappedAudience: Hashable, Sendable {
        /// The audience.
        public var audience: Audience.ID
        /// When it was mapped; `mappingCreatedAt` of the export.
        public var createdAt: Timestamp
        /// When the mapping last changed; `mappingUpdatedAt` of the export.
        public var updatedAt: Timestamp
        /// Whether it was mapped before the dataflow began to ask for consent although in the same second, by which ``createdAt`` is
        /// known.
        public var precedesConsent = false

        /// Creates a mapping.
        public init(audience: Audience.ID, createdAt: Timestamp, updatedAt: Timestamp) {
            self.audience = audience
            self.createdAt = createdAt
            self.updatedAt = updatedAt
        }
    }

    /// The id.
    public var id: ID
    /// Disabled dataflows make no rows (BEHAVIOUR 3.10).
    public var isEnabled: Bool
    /// The mapped audiences, in mapping order.
    public var audiences: [MappedAudience]
    /// The mapped attributes, in mapping order.
    public var attributes: [MappedAttribute]
    /// Adds `name` to mapped audiences (BEHAVIOUR 3.7).
    public var includesSegmentNames: Bool
    /// Adds the four timestamps to mapped audiences (BEHAVIOUR 3.7).
    public var includesSegmentTimestamps: Bool
    /// What else can be chosen.
    public var options = Options()

    /// Creates a dataflow whose attributes stand in messages where they stand in profiles.
    public init(
        id: ID,
        isEnabled: Bool,
        audiences: [MappedAudience],
        attributes: [[String]],
        includesSegmentNames: Bool = false,
        includesSegmentTimestamps: Bool = false
    ) {
        self.id = id
        self.isEnabled = isEnabled
        self.audiences = audiences
        self.attributes = attributes.map { MappedAttribute($0) }
        self.includesSegmentNames = includesSegmentNames
        self.includesSegmentTimestamps = includesSegmentTimestamps
    }
}
