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
    /// The mapped attribute paths as keys from the root.
    public var attributes: [[String]]
    /// Adds `name` to mapped audiences (BEHAVIOUR 3.7).
    public var includesSegmentNames: Bool
    /// Adds the four timestamps to mapped audiences (BEHAVIOUR 3.7).
    public var includesSegmentTimestamps: Bool
    /// Sends a last record of a profile that is deleted (BEHAVIOUR 3.11).
    public var emitsDeletes = false

    /// Creates a dataflow.
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
        self.attributes = attributes
        self.includesSegmentNames = includesSegmentNames
        self.includesSegmentTimestamps = includesSegmentTimestamps
    }
}
