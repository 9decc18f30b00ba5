public import ActivationCore

/// What one batch of inputs needs to know before it is decided.
public struct LoadRequest: Sendable {
    /// Where to look.
    public var scope: Scope
    /// Identities whose profiles are needed.
    public var identities: [Identity]
    /// Profiles needed by id (background evaluation, lookups).
    public var profiles: [Profile.ID]
    /// Identities (indices into `identities`) whose profile's events are needed too.
    public var identitiesNeedingEvents: [Int]
    /// Profiles (indices into `profiles`) whose events are needed too.
    public var profilesNeedingEvents: [Int]
    /// Event ids to look up, each for the profile of an identity (index into `identities`).
    public var eventIDs: [(identity: Int, id: String)]

    /// Creates a request.
    public init(scope: Scope) {
        self.scope = scope
        identities = []
        profiles = []
        identitiesNeedingEvents = []
        profilesNeedingEvents = []
        eventIDs = []
    }
}

/// What a storage knows of a ``LoadRequest``.
public struct LoadedState: Sendable {
    /// A stored event, its body still as bytes.
    public struct Event: Sendable {
        /// The event's `_id`.
        public var id: String
        /// The event's time.
        public var timestamp: Timestamp
        /// Canonical JSON.
        public var body: [UInt8]

        /// Creates an event.
        public init(id: String, timestamp: Timestamp, body: [UInt8]) {
            self.id = id
            self.timestamp = timestamp
            self.body = body
        }
    }

    /// The profiles found, each once.
    public var profiles: [StoredProfile]
    /// For each requested identity the index of its profile in `profiles`, or nil when nobody has it.
    public var identityProfiles: [Int?]
    /// For each profile whose events were asked for, by index into `profiles`: all of them, by (timestamp, id).
    public var events: [Int: [Event]]
    /// For each requested event id whether that profile already holds it.
    public var knownEvents: [Bool]

    /// Creates a state.
    public init(
        profiles: [StoredProfile] = [],
        identityProfiles: [Int?] = [],
        events: [Int: [Event]] = [:],
        knownEvents: [Bool] = []
    ) {
        self.profiles = profiles
        self.identityProfiles = identityProfiles
        self.events = events
        self.knownEvents = knownEvents
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

    /// The state that a batch needs, read as of one instant.
    func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState

    /// Performs a plan in one durable transaction, or nothing of it.
    ///
    /// - Throws: `conflict` when a revision, path or dataset differs from what the plan expected; `full` when the disk
    ///   is; nothing is written then.
    func commit(_ plan: CommitPlan) async throws(StorageError)

    /// Stored profiles in row order after a row, at most `limit`; for background evaluation.
    func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile]

    /// How many profiles a scope holds.
    func profileCount(scope: Scope) async throws(StorageError) -> Int

    /// The realized members of every audience that ever had one, kept up by ``CommitPlan/memberDeltas``.
    func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64]

    /// Claims the oldest unclaimed rows of a dataflow, in order; a claim lasts until it is settled or released.
    ///
    /// - Parameters:
    ///   - dataflow: Whose rows.
    ///   - limit: At most this many rows.
    ///   - limitPerProfile: At most this many claimed rows of one profile at a time, so that one busy profile never
    ///     fills the window; its next rows wait until earlier ones are settled.
    /// - Returns: The rows; empty when none may be claimed now.
    /// - Throws: When the storage cannot be read.
    func claim(
        dataflow: Dataflow.ID,
        limit: Int,
        limitPerProfile: Int
    ) async throws(StorageError) -> [OutboxRow]

    /// Makes settled rows leave the outbox and enters them in the books, durably, in one transaction.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError)

    /// Gives up every claim of a dataflow: its rows may be claimed again, in the same order.
    func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError)

    /// Drops a deleted dataflow's pending rows and counts them as suppressed (RULINGS 14).
    func discardOutbox(dataflow: Dataflow.ID) async throws(StorageError)

    /// A dataflow's books and the rows that really wait in its outbox.
    func books(dataflow: Dataflow.ID) async throws(StorageError) -> (counters: DataflowCounters, pendingRows: Int64)

    /// A dataflow's dead letters, oldest first.
    func deadLetters(dataflow: Dataflow.ID, limit: Int) async throws(StorageError) -> [DeadLetter]
}
