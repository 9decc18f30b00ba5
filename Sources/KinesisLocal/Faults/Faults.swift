/// What is to go wrong, and how often; `Faults()` is nothing at all.
///
/// Shares are probabilities from 0 to 1. A fault "before the commit" leaves everything as it was, one "after the commit" has done
/// what was asked.
public struct Faults: Equatable, Sendable {
    /// The seed of the dice; the same requests in the same order meet the same faults.
    public var seed: UInt64
    /// How long every answer is held back.
    public var latency: Duration
    /// The names of the operations whose requests fail; with none, each fault hits those that it is about.
    public var operations: [String] = []

    // MARK: Records

    /// The share of records that is refused with `ProvisionedThroughputExceededException`.
    public var recordThrottled: Double
    /// The share of records that is refused with `InternalFailure`.
    public var recordFailed: Double
    /// Refuses every record whose running number is a multiple of this with `ProvisionedThroughputExceededException`.
    public var everyNthRecordThrottled: Int?

    // MARK: Requests, refused

    /// The share of requests that is refused as a whole: `ProvisionedThroughputExceededException` where records are written or
    /// read, else `LimitExceededException`.
    public var requestThrottled: Double = 0
    /// The share of requests that is refused with `ExpiredTokenException`.
    public var tokenExpired: Double = 0
    /// The share of requests that is refused with `AccessDeniedException`.
    public var accessDenied: Double = 0
    /// The share of puts that is refused with `ValidationException`, whatever is in them.
    public var requestInvalid: Double = 0
    /// The share of puts and reads that is refused with `kmsError`.
    public var kmsFailed: Double = 0
    /// Which of the errors of the Key Management Service that is.
    public var kmsError = KMSError.accessDenied

    // MARK: Requests, failed

    /// The share of puts that is answered with HTTP 500, before the commit.
    public var requestFailed: Double
    /// The share of puts that is answered with HTTP 503, before the commit.
    public var requestUnavailable: Double = 0
    /// The share of puts that is answered with HTTP 500, after the commit.
    public var requestFailedAfterCommit: Double = 0
    /// The share of puts that is answered with HTTP 503, after the commit.
    public var requestUnavailableAfterCommit: Double = 0

    // MARK: Connections

    /// The share of puts whose connection is closed without an answer, before the commit.
    public var connectionDroppedBeforeCommit: Double = 0
    /// The share of puts whose connection is closed without an answer, after the commit.
    public var connectionDropped: Double
    /// The share of puts that is never answered, before the commit, on a connection that stays open.
    public var requestHungBeforeCommit: Double = 0
    /// The share of puts that is never answered, after the commit, on a connection that stays open.
    public var requestHung: Double = 0
    /// The share of connections that is accepted and never read from.
    public var connectionHung: Double = 0

    // MARK: Slowness

    /// The share of answers that is held back by `slowAnswerDelay`, beside `latency`.
    public var slowAnswer: Double = 0
    /// How long a slow answer takes.
    public var slowAnswerDelay = Duration.seconds(1)
    /// How many bytes of an answer are written in a second; nil writes at once.
    public var answerBytesPerSecond: Int?
    /// How many bytes of a connection's requests are read in a second; nil reads at once.
    public var readBytesPerSecond: Int?

    // MARK: The service itself

    /// How far the service's clock is ahead, in `Date` and where signatures are checked.
    public var clockSkew = Duration.zero
    /// How often a shard of every provisioned stream is split or merged; nil is never.
    public var reshardInterval: Duration?

    /// Makes a set of faults; what is not named here is set afterwards.
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

    /// Connections are taken, and no request on them is done or answered, whatever it asks.
    public static var silence: Faults {
        var faults = Faults()
        faults.operations = Operation.allCases.map(\.rawValue)
        faults.requestHungBeforeCommit = 1
        return faults
    }

    /// An error of the Key Management Service that puts and reads of an encrypted stream can meet.
    public enum KMSError: String, CaseIterable, Sendable {
        /// The key is disabled.
        case disabled = "KMSDisabledException"
        /// The key is being deleted.
        case invalidState = "KMSInvalidStateException"
        /// The key may not be used by whoever asks.
        case accessDenied = "KMSAccessDeniedException"
        /// There is no such key.
        case notFound = "KMSNotFoundException"
        /// The account does not use the Key Management Service.
        case optInRequired = "KMSOptInRequired"
        /// There were too many requests.
        case throttling = "KMSThrottlingException"

        var message: String {
            switch self {
            case .disabled: "The ciphertext refers to a customer master key that is disabled."
            case .invalidState:
                "The ciphertext refers to a customer master key that is not in a valid state for this request."
            case .accessDenied:
                "The ciphertext refers to a customer master key that does not exist, or that you may not use."
            case .notFound: "The request was rejected because the specified entity or resource can't be found."
            case .optInRequired: "The AWS access key ID needs a subscription for the service."
            case .throttling: "The request was denied due to request throttling. Try again."
            }
        }
    }

    var touchesRecords: Bool { recordThrottled > 0 || recordFailed > 0 || everyNthRecordThrottled != nil }
}

/// What goes wrong with one record.
enum RecordFault: Equatable, Sendable {
    case throttled
    case internalFailure
}

/// What goes wrong with one request.
struct RequestFaults: Equatable, Sendable {
    /// What happens in place of the operation.
    enum Before: Equatable, Sendable {
        case refused(ServiceError)
        case dropped
        case hung
    }

    /// What happens in place of the answer.
    enum After: Equatable, Sendable {
        case refused(ServiceError)
        case dropped
        case hung
    }

    var before: Before?
    var after: After?
    /// How long the answer is held back.
    var latency = Duration.zero
    var answerBytesPerSecond: Int?
    /// A throw of the dice for the shards to split or merge, if it is time.
    var resharding: UInt64?
}
