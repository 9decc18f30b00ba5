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
    /// The destination acknowledged this very record, and no other copy of it can arrive; the receipt means something only to the destination's own tools.
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

/// How a sink is doing as a whole, beside what became of single records.
public enum SinkCondition: Sendable, Hashable {
    /// The destination takes records, or nothing is to be sent.
    case flowing
    /// Nothing gets through now; the sink goes on trying. `attempts` in a row have failed.
    case retrying(code: String, message: String, attempts: Int)
}

/// What a sink tells its relay.
public enum SinkEvent: Sendable {
    /// Outcomes of records.
    case reports([SinkReport])
    /// The condition changed; a sink begins as `flowing` and tells within a second (RULINGS 53).
    case condition(SinkCondition)
}

/// Where a dataflow's records go; retries of passing trouble are its own business.
public protocol RecordSink: Sendable {
    /// Hands records over, in order; returns when the sink's bounded memory has taken them, or when it was closed.
    ///
    /// - Returns: How many were taken, from the front; all of them unless the sink was closed meanwhile.
    func submit(_ records: [SinkRecord]) async -> Int

    /// Outcomes and conditions as they become known; ends when the sink was closed and all is told.
    ///
    /// One consumer only.
    var events: AsyncStream<SinkEvent> { get }

    /// Stops taking records, delivers what it can before the deadline, then ends `events`.
    ///
    /// Returns when none of its requests is on its way any more, so it may take as long as one request longer than the
    /// deadline. Records whose fate is not known then are never reported; they stay in the outbox.
    func close(within deadline: Duration) async

    /// How much longer a copy of a record that was not reported as delivered or rejected may still arrive, asked after
    /// ``close(within:)``: given up requests may land late.
    var landing: Duration { get }
}

extension RecordSink {
    /// Zero: what the sink has given up arrives no more.
    public var landing: Duration { .zero }
}
