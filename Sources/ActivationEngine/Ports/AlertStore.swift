public import ActivationCore

/// What is durable of alerts beside their rules and channels: what is the matter now, what was told, and what is still to be
/// told to whom (docs/decisions/0039).
///
/// Bodies are the owner's own; a storage keeps them byte for byte.
public protocol AlertStore: Sendable {
    /// How every alert stands, by id.
    func alertStandings(scope: Scope) async throws(StorageError) -> [AlertStanding]

    /// Performs a change in one durable transaction, or nothing of it.
    func apply(_ change: AlertChange, scope: Scope) async throws(StorageError)

    /// What happened, the newest first: about a subject or, for nil, all; before an entry or, for nil, from the newest on.
    func alertEntries(
        about subject: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertEntry]

    /// What is told, the newest first: by a channel or, for nil, by all; before a delivery or, for nil, from the newest on.
    func alertDeliveries(
        by channel: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery]

    /// What is to be told at an instant, in the order in which it came, at most so much of each channel.
    func dueAlertDeliveries(
        at instant: Timestamp,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery]
}

/// How an alert stands.
public struct AlertStanding: Sendable, Hashable {
    /// Its id.
    public var id: String
    /// The rest, JSON.
    public var body: [UInt8]

    /// Creates a standing.
    public init(id: String, body: [UInt8]) {
        self.id = id
        self.body = body
    }
}

/// That something happened to an alert.
public struct AlertEntry: Sendable, Hashable {
    /// Rises from entry to entry; given by the store.
    public var sequence: Int64
    /// When.
    public var at: Timestamp
    /// What it is about; the id of a dataflow, or empty.
    public var subject: String
    /// The rest, JSON.
    public var body: [UInt8]

    /// Creates an entry.
    public init(sequence: Int64 = 0, at: Timestamp, subject: String, body: [UInt8]) {
        self.sequence = sequence
        self.at = at
        self.subject = subject
        self.body = body
    }
}

/// That something is told by a channel.
public struct AlertDelivery: Sendable, Hashable {
    /// Rises from delivery to delivery; given by the store.
    public var sequence: Int64
    /// When it was called for.
    public var at: Timestamp
    /// By which channel.
    public var channel: String
    /// When it is tried next; nil = it is over.
    public var due: Timestamp?
    /// The rest, JSON.
    public var body: [UInt8]

    /// Creates a delivery.
    public init(sequence: Int64 = 0, at: Timestamp, channel: String, due: Timestamp?, body: [UInt8]) {
        self.sequence = sequence
        self.at = at
        self.channel = channel
        self.due = due
        self.body = body
    }
}

/// A change of what is durable of alerts.
public struct AlertChange: Sendable {
    /// Standings that are new or others now.
    public var standings: [AlertStanding] = []
    /// Alerts that there are no longer.
    public var gone: [String] = []
    /// What happened; sequences are given by the store.
    public var entries: [AlertEntry] = []
    /// What is to be told; sequences are given by the store.
    public var deliveries: [AlertDelivery] = []
    /// Deliveries that have come further.
    public var attempts: [AlertDelivery] = []
    /// A few entries from before this go.
    public var forgetsEntriesBefore: Timestamp?
    /// A few deliveries from before this go.
    public var forgetsDeliveriesBefore: Timestamp?

    /// Creates an empty change.
    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool {
        standings.isEmpty && gone.isEmpty && entries.isEmpty && deliveries.isEmpty && attempts.isEmpty
    }

    /// Entries, and deliveries, that go with one change at most.
    public static let forgottenAtOnce = 100
}
