/// What is still to be done about a profile for a dataflow.
///
/// Changes made no record because the dataflow was disabled; that is made up for by one record when it is enabled again
/// (BEHAVIOUR 3.10). Or somebody asked for what is true now to be sent again (BEHAVIOUR 3.18). Or the profile is owed a turn in a
/// backfill, as it absorbed another one before that had its own (BEHAVIOUR 3.8).
public struct ResumeMark: Sendable, Hashable {
    /// Whose record is missing; there is at most one mark for it.
    public struct Key: Sendable, Hashable {
        /// The dataflow that was disabled.
        public var dataflow: Dataflow.ID
        /// The profile that changed.
        public var profile: Profile.ID
        /// Whose audiences, identities or attributes called for the record; of an owed turn the backfill stands here.
        public var mergePolicy: MergePolicy.ID

        /// Creates a key.
        public init(dataflow: Dataflow.ID, profile: Profile.ID, mergePolicy: MergePolicy.ID) {
            self.dataflow = dataflow
            self.profile = profile
            self.mergePolicy = mergePolicy
        }

        /// Creates the key of a turn that a profile is owed.
        public init(dataflow: Dataflow.ID, profile: Profile.ID, turnIn backfill: Backfill.ID) {
            self.init(dataflow: dataflow, profile: profile, mergePolicy: MergePolicy.ID(uuid: backfill.uuid))
        }

        /// The backfill, if it is a turn that is owed.
        public var backfill: Backfill.ID { Backfill.ID(uuid: mergePolicy.uuid) }

        /// Whether the mark is met earlier in a walk over the marks of one dataflow.
        public func comesBefore(_ other: Key) -> Bool {
            (profile.uuid, mergePolicy.uuid) < (other.profile.uuid, other.mergePolicy.uuid)
        }
    }

    /// Whose record is missing.
    public var key: Key
    /// Why it was called for, all reasons together.
    public var reasons: TriggerReasons

    /// Whether it is a turn in a backfill that is owed; a disabled dataflow leaves no such reasons.
    public var isOwedTurn: Bool { reasons.isSubset(of: [.backfill, .unmapped]) }

    /// Creates a mark.
    public init(key: Key, reasons: TriggerReasons) {
        self.key = key
        self.reasons = reasons
    }
}
