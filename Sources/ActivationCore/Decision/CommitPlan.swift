/// Everything one batch of inputs changes, as values: a storage performs it in one durable transaction.
///
/// Self-contained and serialisable: it names no storage and holds no reference. Performed in the order of its members.
public struct CommitPlan: Sendable {
    /// A path that the dictionary did not have; ids are dense, so a storage refuses one that is taken.
    public struct PathWrite: Sendable {
        /// The number.
        public var id: PathID
        /// The number of the path one level up.
        public var parent: PathID
        /// The last key, UTF-8.
        public var name: [UInt8]

        /// Creates an entry.
        public init(id: PathID, parent: PathID, name: [UInt8]) {
            self.id = id
            self.parent = parent
            self.name = name
        }
    }

    /// A dataset that registered on first use; ids are dense and start at 1.
    public struct DatasetWrite: Sendable {
        /// The number stored in profiles.
        public var id: UInt16
        /// The name by which clients know it.
        public var name: String

        /// Creates an entry.
        public init(id: UInt16, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// A profile's new value; at its old revision when nothing changed but when it is due.
    public struct ProfileWrite: Sendable {
        /// The profile after the change; `row` is 0 when it is new.
        public var profile: StoredProfile
        /// The stored revision it replaces, 0 when it is new; another one stored = ``StorageError/Code/conflict``.
        public var expectedRevision: Int64

        /// Creates a write.
        public init(profile: StoredProfile, expectedRevision: Int64) {
            self.profile = profile
            self.expectedRevision = expectedRevision
        }
    }

    /// A profile that another one has absorbed (BEHAVIOUR 3.12).
    ///
    /// Its events and pending outbox rows go to the survivor, ahead of the survivor's new rows, and its record goes away.
    /// Its identities stand in `identities`.
    public struct ProfileMerge: Sendable {
        /// The absorbed profile.
        public var absorbed: StoredProfile
        /// The survivor.
        public var survivor: Profile.ID

        /// Creates a merge.
        public init(absorbed: StoredProfile, survivor: Profile.ID) {
            self.absorbed = absorbed
            self.survivor = survivor
        }
    }

    /// A profile that is gone for good (BEHAVIOUR 3.11).
    ///
    /// Its events, its pending outbox rows and its dead letters go with it. The rows count as suppressed; one that was
    /// claimed counts as delivered after all when that is what becomes of it. Its identities stand in `identities`.
    public struct ProfileDeletion: Sendable {
        /// The profile as it is stored; `row` is 0 when it was made and deleted by one plan.
        public var profile: StoredProfile
        /// Under whose id its last records stand in `outbox`: another one's that had absorbed it before it was deleted.
        public var survivor: Profile.ID
        /// When it was deleted.
        public var deletedAt: Timestamp

        /// Creates a deletion.
        public init(profile: StoredProfile, survivor: Profile.ID, deletedAt: Timestamp) {
            self.profile = profile
            self.survivor = survivor
            self.deletedAt = deletedAt
        }
    }

    /// A dataflow may not tell of a profile any more (BEHAVIOUR 9.5).
    ///
    /// Its pending outbox rows for that dataflow and its dead letters there go as they do with a deleted profile.
    public struct Withdrawal: Sendable, Hashable {
        /// The profile; it may be one that this plan merges away.
        public var profile: Profile.ID
        /// The dataflow.
        public var dataflow: Dataflow.ID

        /// Creates a withdrawal.
        public init(profile: Profile.ID, dataflow: Dataflow.ID) {
            self.profile = profile
            self.dataflow = dataflow
        }
    }

    /// An identity that now belongs to a profile, or to none.
    public struct IdentityWrite: Sendable {
        /// The identity.
        public var identity: Identity
        /// Its profile; nil = the identity left the graph.
        public var profile: Profile.ID?

        /// Creates a write.
        public init(identity: Identity, profile: Profile.ID?) {
            self.identity = identity
            self.profile = profile
        }
    }

    /// A new event of a profile; never one that the profile already has.
    public struct EventWrite: Sendable {
        /// The profile.
        public var profile: Profile.ID
        /// The event's `_id`.
        public var id: String
        /// The event's time.
        public var timestamp: Timestamp
        /// The number of the dataset that it came in.
        public var dataset: UInt16
        /// The whole XDM entity, canonical JSON.
        public var body: [UInt8]

        /// Creates a write.
        public init(profile: Profile.ID, id: String, timestamp: Timestamp, dataset: UInt16, body: [UInt8]) {
            self.profile = profile
            self.id = id
            self.timestamp = timestamp
            self.dataset = dataset
            self.body = body
        }
    }

    /// A stored event that leaves its profile.
    public struct EventEviction: Sendable {
        /// The profile that has it in the storage; it may be one that this plan merges away.
        public var profile: Profile.ID
        /// The event's `_id`.
        public var id: String

        /// Creates an eviction.
        public init(profile: Profile.ID, id: String) {
            self.profile = profile
            self.id = id
        }
    }

    /// How far a backfill has come with a plan.
    public struct BackfillProgress: Sendable, Hashable {
        /// The row of the last profile that had its turn; ``ended`` when no more turns come.
        public var row: Int64
        /// Records that the plan makes for it.
        public var records: Int64
        /// When it was ordered; the first one that is stored stays.
        public var orderedAt: Timestamp?

        /// The row of a backfill that has ended.
        public static let ended = Int64.max

        /// Creates progress.
        public init(row: Int64, records: Int64 = 0, orderedAt: Timestamp? = nil) {
            self.row = row
            self.records = records
            self.orderedAt = orderedAt
        }
    }

    /// How far an upload has come with a plan.
    public struct UploadProgress: Sendable, Hashable {
        /// The line of the last row that was decided.
        public var line: Int64
        /// Rows that the plan takes.
        public var accepted: Int64
        /// Profiles that the plan makes for them.
        public var made: Int64

        /// Creates progress.
        public init(line: Int64, accepted: Int64, made: Int64 = 0) {
            self.line = line
            self.accepted = accepted
            self.made = made
        }
    }

    /// Where the plan belongs.
    public var scope: Scope
    /// How far admission has come with this plan; nil = as far as before.
    public var admission: AdmissionMark?
    /// The version of the catalog by which it was decided; nil = nobody asks.
    ///
    /// Where several nodes write one store, a plan is refused that another one's catalog has overtaken.
    public var catalogVersion: Int64?
    /// New paths.
    public var paths: [PathWrite] = []
    /// New datasets.
    public var datasets: [DatasetWrite] = []
    /// Stored events that go away; before anything else of the plan, so that an id may come again.
    public var evictions: [EventEviction] = []
    /// What dataflows may not tell of any more; before the merges, so that what waits of others stays.
    public var withdrawals: [Withdrawal] = []
    /// New profiles and new values; each profile at most once.
    public var profiles: [ProfileWrite] = []
    /// New events; written before the merges, so that of an event that both profiles have the survivor's stays.
    public var events: [EventWrite] = []
    /// Absorbed profiles; each at most once, never a survivor of another merge in the same plan.
    public var merges: [ProfileMerge] = []
    /// Deleted profiles; each at most once, neither written nor part of a merge, perhaps with a last record in `outbox`.
    public var deletions: [ProfileDeletion] = []
    /// Changed identities; each at most once.
    public var identities: [IdentityWrite] = []
    /// Identities that leave the suppression list; before others are entered.
    public var readmissions: Set<IdentityDigest> = []
    /// Identities that are entered in the suppression list; each at most once.
    public var suppressions: [Suppression] = []
    /// New records, in the order in which each profile's must leave.
    public var outbox: [OutboxRow] = []
    /// What to add to the dataflows' books.
    public var counters: [Dataflow.ID: DataflowCounters] = [:]
    /// What of that goes into the books of the audiences of which the records tell.
    public var audienceBooks: [Dataflow.ID: AudienceBooks] = [:]
    /// What to add to the audiences' counters; none is negative.
    public var memberCounters: [Audience.ID: MemberCounters] = [:]

    /// How far backfills have come: rows take the place of earlier ones, records are added.
    public var backfills: [Backfill.ID: BackfillProgress] = [:]
    /// How far uploads have come: lines take the place of earlier ones, rows are added.
    public var uploads: [UUIDBytes: UploadProgress] = [:]
    /// What was not made because its dataflow is disabled, with the reasons; added to those of a mark that is there.
    public var marks: [ResumeMark.Key: TriggerReasons] = [:]
    /// Marks that go away, among them those whose record was made; they are of profiles as they are after all merges,
    /// and may come twice.
    public var settledMarks: [ResumeMark.Key] = []
    /// Whether there may be marks to settle.
    var mayHaveMarks = true
    /// Marks that go away before any merge gives marks of theirs to a survivor.
    public var marksSettledBeforeMerges: Set<ResumeMark.Key> = []

    /// Creates an empty plan.
    public init(scope: Scope) {
        self.scope = scope
    }

    /// Takes a mark away, if there is one.
    mutating func settle(_ mark: ResumeMark.Key) {
        if mayHaveMarks || !marks.isEmpty { settledMarks.append(mark) }
    }

    /// Whether performing it would change nothing.
    public var isEmpty: Bool {
        paths.isEmpty && datasets.isEmpty && profiles.isEmpty && merges.isEmpty && deletions.isEmpty
            && identities.isEmpty && events.isEmpty && evictions.isEmpty && outbox.isEmpty && counters.isEmpty
            && memberCounters.isEmpty && backfills.isEmpty && uploads.isEmpty && marks.isEmpty && settledMarks.isEmpty
            && suppressions.isEmpty && withdrawals.isEmpty && readmissions.isEmpty && marksSettledBeforeMerges.isEmpty
    }
}
