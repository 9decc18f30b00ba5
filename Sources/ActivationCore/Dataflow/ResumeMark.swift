/// That changes of a profile made no record because the dataflow was disabled; what they left undone is made up for by one
/// record when it is enabled again (BEHAVIOUR 3.10).
public struct ResumeMark: Sendable, Hashable {
    /// Whose record is missing; there is at most one mark for it.
    public struct Key: Sendable, Hashable {
        /// The dataflow that was disabled.
        public var dataflow: Dataflow.ID
        /// The profile that changed.
        public var profile: Profile.ID
        /// Whose audiences, identities or attributes called for the record.
        public var mergePolicy: MergePolicy.ID

        /// Creates a key.
        public init(dataflow: Dataflow.ID, profile: Profile.ID, mergePolicy: MergePolicy.ID) {
            self.dataflow = dataflow
            self.profile = profile
            self.mergePolicy = mergePolicy
        }

        /// Whether the mark is met earlier in a walk over the marks of one dataflow.
        public func comesBefore(_ other: Key) -> Bool {
            (profile.uuid, mergePolicy.uuid) < (other.profile.uuid, other.mergePolicy.uuid)
        }
    }

    /// Whose record is missing.
    public var key: Key
    /// Why it was called for, all reasons together.
    public var reasons: TriggerReasons

    /// Creates a mark.
    public init(key: Key, reasons: TriggerReasons) {
        self.key = key
        self.reasons = reasons
    }
}
