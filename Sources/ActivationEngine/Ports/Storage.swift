public import ActivationCore

/// Which profiles one batch of inputs is about.
public struct LoadRequest: Sendable {
    /// Where to look.
    public var scope: Scope
    /// Identities whose profiles are needed.
    public var identities: [Identity] = []
    /// Profiles needed by id (background evaluation, lookups).
    public var profiles: [Profile.ID] = []
    /// Bytes of profile values that may be read; nil = as many as there are.
    public var bytesMax: Int?

    /// Creates a request.
    public init(scope: Scope) {
        self.scope = scope
    }
}

/// What a storage knows of a ``LoadRequest``.
public struct LoadedState: Sendable {
    /// The profiles found, each once.
    public var profiles: [StoredProfile]
    /// For each requested identity the index of its profile in `profiles`, or nil when nobody has it.
    public var identityProfiles: [Int?]

    /// Creates a state.
    public init(profiles: [StoredProfile] = [], identityProfiles: [Int?] = []) {
        self.profiles = profiles
        self.identityProfiles = identityProfiles
    }
}

/// Which events of stored profiles are needed.
public struct EventRequest: Sendable {
    /// What is needed of one profile's events.
    public struct Item: Sendable {
        /// The profile's row, as ``LoadedState`` gave it.
        public var row: Int64
        /// How much of every event is needed.
        public var extent: Extent
        /// Ids to look up, whatever the extent.
        public var ids: [String]

        /// Creates an item.
        public init(row: Int64, extent: Extent, ids: [String] = []) {
            self.row = row
            self.extent = extent
            self.ids = ids
        }
    }

    /// How much of every event of a profile is needed.
    public typealias Extent = EventExtent

    /// One per profile.
    public var items: [Item] = []
    /// Bytes of ids and bodies that may be read; nil = as many as there are.
    public var bytesMax: Int?

    /// Creates a request.
    public init() {}
}

/// What a storage knows of one ``EventRequest/Item``.
public struct LoadedEvents: Sendable {
    /// A stored event.
    public struct Event: Sendable {
        /// The event's `_id`.
        public var id: String
        /// The event's time.
        public var timestamp: Timestamp
        /// Canonical JSON; empty when only the index was asked for.
        public var body: [UInt8]

        /// Creates an event.
        public init(id: String, timestamp: Timestamp, body: [UInt8]) {
            self.id = id
            self.timestamp = timestamp
            self.body = body
        }
    }

    /// All events by (timestamp, id's bytes); nil when the extent was `none`.
    public var events: [Event]?
    /// For each asked id whether the profile holds it.
    public var known: [Bool]

    /// Creates an answer.
    public init(events: [Event]? = nil, known: [Bool] = []) {
        self.events = events
        self.known = known
    }
}

/// A dataflow's books as a storage keeps them.
public struct StoredBooks: Sendable, Hashable {
    /// What the books say.
    public var counters: DataflowCounters
    /// Rows that really wait.
    public var pendingRows: Int64
    /// When the message behind the oldest waiting row was admitted; nil when none waits.
    public var oldestPendingAt: Timestamp?

    /// Creates books.
    public init(
        counters: DataflowCounters = DataflowCounters(),
        pendingRows: Int64 = 0,
        oldestPendingAt: Timestamp? = nil
    ) {
        self.counters = counters
        self.pendingRows = pendingRows
        self.oldestPendingAt = oldestPendingAt
    }
}

/// A dead letter: a record that its destination refused for good.
public struct DeadLetter: Sendable {
    /// The record.
    public var record: OutboxRow
    /// The destination's code, such as `MESSAGE_TOO_LARGE`.
    public var code: String
    /// The reason for people; never holds profile data.
    public var message: String
    /// When it was parked.
    public var parkedAt: Timestamp

    /// Creates a dead letter.
    public init(record: OutboxRow, code: String, message: String, parkedAt: Timestamp) {
        self.record = record
        self.code = code
        self.message = message
        self.parkedAt = parkedAt
    }
}

/// How many rows of which profiles a relay takes in hand.
public struct ClaimRequest: Sendable {
    /// Whose rows.
    public var dataflow: Dataflow.ID
    /// At most this many rows.
    public var limit: Int
    /// At most this many claimed rows of one profile at a time, so that one busy profile never fills the window; its
    /// next rows wait until earlier ones are settled.
    public var limitPerProfile: Int
    /// Bytes of payload after which no further row is claimed; the first row always is.
    public var bytesMax: Int
    /// Profiles that have a waiting row at or before this one get nothing, others go on.
    ///
    /// Copies of those rows may still be on their way to the destination. Nil = nobody is held, for good.
    public var holdingThrough: Int64?

    /// Creates a request.
    public init(
        dataflow: Dataflow.ID,
        limit: Int,
        limitPerProfile: Int,
        bytesMax: Int = .max,
        holdingThrough: Int64? = nil
    ) {
        self.dataflow = dataflow
        self.limit = limit
        self.limitPerProfile = limitPerProfile
        self.bytesMax = bytesMax
        self.holdingThrough = holdingThrough
    }
}

/// How one claimed outbox row ended.
public struct OutboxSettlement: Sendable {
    /// The two ways in which a row leaves (I3).
    public enum Outcome: Sendable {
        /// Acknowledged by the destination for this very record.
        case delivered
        /// Refused for good: becomes a dead letter.
        case parked(code: String, message: String, at: Timestamp)
    }

    /// ``OutboxRow/row``.
    public var row: Int64
    /// How it ended.
    public var outcome: Outcome

    /// Creates a settlement.
    public init(row: Int64, outcome: Outcome) {
        self.row = row
        self.outcome = outcome
    }
}

/// Everything a storage was last told about paths and datasets, read once at start.
public struct StoredDictionaries: Sendable {
    /// All paths, in id order.
    public var paths: [CommitPlan.PathWrite]
    /// All datasets of the scope, in id order.
    public var datasets: [CommitPlan.DatasetWrite]

    /// Creates dictionaries.
    public init(paths: [CommitPlan.PathWrite] = [], datasets: [CommitPlan.DatasetWrite] = []) {
        self.paths = paths
        self.datasets = datasets
    }
}

/// The data plane's durable state; implementations pass one conformance suite.
///
/// Values in, values out: no transaction and no closure crosses this line. `commit` and `settle` return only when the
/// change survives power loss (I1).
public protocol Storage: Sendable {
    /// The path and dataset dictionaries of a scope.
    func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries

    /// How far admission had come at the last commit of the scope; nil when there was none.
    func admission(scope: Scope) async throws(StorageError) -> AdmissionMark?

    /// Profiles that a batch needs, read as of one instant.
    ///
    /// - Throws: `tooLarge` when more than `bytesMax` would have to be read.
    func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState

    /// Events of stored profiles, one answer per item.
    ///
    /// - Throws: `tooLarge` when more than `bytesMax` would have to be read.
    func loadEvents(_ request: EventRequest) async throws(StorageError) -> [LoadedEvents]

    /// Performs a plan in one durable transaction, or nothing of it.
    ///
    /// - Throws: `conflict` when a revision, path or dataset differs from what the plan expected; `full` when the disk
    ///   is; nothing is written then.
    func commit(_ plan: CommitPlan) async throws(StorageError)

    /// Writes and takes back something small, to find out whether commits work again.
    func checkWritable() async throws(StorageError)

    /// Stored profiles in row order after a row, at most `limit`; for background evaluation.
    func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile]

    /// How many profiles a scope holds.
    func profileCount(scope: Scope) async throws(StorageError) -> Int

    /// The realized members of every audience that ever had one, kept up by ``CommitPlan/memberDeltas``.
    func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64]

    /// Claims the oldest unclaimed rows of a dataflow, in order; a claim lasts until it is settled or released.
    ///
    /// - Returns: The rows; empty when none may be claimed now.
    /// - Throws: When the storage cannot be read.
    func claim(_ request: ClaimRequest) async throws(StorageError) -> [OutboxRow]

    /// The highest outbox row of a dataflow that waits now; 0 when none does.
    func lastRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64

    /// Makes settled rows leave the outbox and enters them in the books, durably, in one transaction.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError)

    /// Gives up every claim of a dataflow: its rows may be claimed again, in the same order.
    func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError)

    /// Drops some of a deleted dataflow's pending rows and counts them as suppressed (RULINGS 14).
    ///
    /// - Returns: How many; 0 when none is left.
    func discardSome(of dataflow: Dataflow.ID) async throws(StorageError) -> Int

    /// A dataflow's books, the rows that really wait in its outbox, and when the oldest of them was admitted.
    func books(dataflow: Dataflow.ID) async throws(StorageError) -> StoredBooks

    /// A dataflow's dead letters, oldest first.
    func deadLetters(dataflow: Dataflow.ID, limit: Int) async throws(StorageError) -> [DeadLetter]
}

extension Storage {
    /// Drops all of a deleted dataflow's pending rows, in steps so that commits get their turn in between.
    @inline(never)
    public func discardOutbox(dataflow: Dataflow.ID) async throws(StorageError) {
        var dropped = 1
        while dropped > 0 { dropped = try await discardSome(of: dataflow) }
    }
}
