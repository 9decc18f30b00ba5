/// What is to go wrong, and how often; `Faults()` is nothing at all.
public struct Faults: Equatable, Sendable {
    /// The seed of the dice; the same requests in the same order meet the same faults.
    public var seed: UInt64
    /// How long every answer is held back.
    public var latency: Duration
    /// The probability that a record is refused with `ProvisionedThroughputExceededException`.
    public var recordThrottled: Double
    /// The probability that a record is refused with `InternalFailure`.
    public var recordFailed: Double
    /// Refuses every record whose running number is a multiple of this with `ProvisionedThroughputExceededException`.
    public var everyNthRecordThrottled: Int?
    /// The probability that a put is answered with HTTP 500 and stores nothing.
    public var requestFailed: Double
    /// The probability that a put is stored and the connection closed without an answer.
    public var connectionDropped: Double

    /// Makes a set of faults.
    public init(
        seed: UInt64 = 1,
        latency: Duration = .zero,
        recordThrottled: Double = 0,
        recordFailed: Double = 0,
        everyNthRecordThrottled: Int? = nil,
        requestFailed: Double = 0,
        connectionDropped: Double = 0
    ) {
        self.seed = seed
        self.latency = latency
        self.recordThrottled = recordThrottled
        self.recordFailed = recordFailed
        self.everyNthRecordThrottled = everyNthRecordThrottled
        self.requestFailed = requestFailed
        self.connectionDropped = connectionDropped
    }

    var touchesRecords: Bool { recordThrottled > 0 || recordFailed > 0 || everyNthRecordThrottled != nil }
    var touchesRequests: Bool { requestFailed > 0 || connectionDropped > 0 }
}

/// What goes wrong with one record.
enum RecordFault: Equatable, Sendable {
    case throttled
    case internalFailure
}

/// What goes wrong with one put.
struct PutFaults: Equatable, Sendable {
    /// Answer HTTP 500 and store nothing.
    var failsBeforeCommit = false
    /// Store, then close the connection.
    var dropsAfterCommit = false
    /// By position; empty when no record is touched.
    var records: [RecordFault?] = []
}
