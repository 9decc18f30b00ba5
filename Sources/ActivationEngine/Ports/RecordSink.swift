public import ActivationCore

/// A record on its way to a destination.
public struct SinkRecord: Sendable {
    /// The relay's number of the record; comes back in the report.
    public var token: Int64
    /// Records with the same key must arrive in the order in which they were submitted (I4).
    public var orderingKey: Profile.ID
    /// The destination's routing key.
    public var partitionKey: String
    /// The bytes to deliver.
    public var payload: [UInt8]

    /// Creates a record.
    public init(token: Int64, orderingKey: Profile.ID, partitionKey: String, payload: [UInt8]) {
        self.token = token
        self.orderingKey = orderingKey
        self.partitionKey = partitionKey
        self.payload = payload
    }
}

/// What became of a submitted record; every record is reported exactly once.
public enum SinkOutcome: Sendable {
    /// The destination acknowledged this very record; the receipt means something only to the destination's own tools.
    case delivered(receipt: String)
    /// Not delivered, may be tried again; all later records of the same ordering key are reported so too.
    case transient(code: String, message: String)
    /// The destination will never take this record; later ones of the key go on.
    case recordRejected(code: String, message: String)
    /// The destination refuses everything until a person acts; all submitted records are reported so.
    case destinationFailed(code: String, message: String)
}

/// A record's number and its outcome.
public struct SinkReport: Sendable {
    /// ``SinkRecord/token``.
    public var token: Int64
    /// What became of it.
    public var outcome: SinkOutcome

    /// Creates a report.
    public init(token: Int64, outcome: SinkOutcome) {
        self.token = token
        self.outcome = outcome
    }
}

/// Where a dataflow's records go; retries of passing trouble are its own business.
public protocol RecordSink: Sendable {
    /// Hands records over, in order; returns when the sink's bounded memory has taken them.
    func submit(_ records: [SinkRecord]) async

    /// Outcomes as they become known, in batches; ends when the sink was closed and all records are reported.
    ///
    /// One consumer only.
    var reports: AsyncStream<[SinkReport]> { get }

    /// Stops taking records, delivers what it can before the deadline, then ends `reports`.
    ///
    /// Records not delivered by then are never reported; they stay in the outbox.
    func close(within deadline: Duration) async
}
