/// The limits and times of a producer; the defaults fit one destination of a server.
public struct ProducerOptions: Sendable {
    /// Requests on the way at the same time, at most, with probes and those that are probably lost.
    ///
    /// The producer begins with ``requestsStart`` and goes by the latency of answers, up to a quarter less, or four.
    public var requestsMax = 16
    /// Requests on the way at the same time, at first and always, or ``requestsMax`` if that is less.
    public var requestsStart = 4
    /// With fewer requests than this on the way, what is ready goes at once; with more, it waits for a full batch or ``linger``.
    public var eagerRequestsMax = 1
    /// Records in one request; the service takes 500.
    public var recordsPerRequest = 500
    /// Data and partition keys that a request is filled up to; a larger record goes alone.
    ///
    /// The service takes 10 MiB.
    public var requestBytesTarget = 1 << 20
    /// Data and partition key of one record; larger ones are rejected.
    ///
    /// Nil is what the stream takes: 1 MiB, unless its owner has raised it to up to 10 MiB.
    public var recordBytesMax: Int?
    /// Data and partition key of an aggregate; nil sends every record by itself.
    ///
    /// Records of one ordering key and one partition key that wait for each other then go as one record of the stream, packed as the
    /// Kinesis Producer Library of AWS does (``KPLAggregate``): readers of the stream have to unpack them. A record alone goes as it
    /// is. ``aggregateBytesDefault`` is what AWS bills as one unit.
    public var aggregateBytesMax: Int?
    /// What a stream of provisioned shards bills as one put: 25 KiB.
    public static let aggregateBytesDefault = 25_600
    /// The longest that a ready record waits for others while enough requests are on the way.
    public var linger: Duration = .milliseconds(5)
    /// Bytes in memory before ``KinesisProducer/submit(_:)`` waits.
    public var heldBytesMax = 64 << 20
    /// What this producer shares its memory with; nil = with none.
    public var memory: ProducerMemory?
    /// Records in memory, and settlements not yet taken, before ``KinesisProducer/submit(_:)`` waits.
    public var heldRecordsMax = 65_536
    /// The bound of the first retry's random delay; doubles with each further attempt.
    ///
    /// A throttled record has no delay of its own: the pace of its shard is enough, unless ``attemptsMax`` is set.
    public var retryDelayBase: Duration = .milliseconds(100)
    /// The bound of every retry's random delay.
    ///
    /// Without ``attemptsMax`` delays do not grow that far: a record's to 800 ms, those of a service that is down to a second.
    public var retryDelayMax: Duration = .seconds(20)
    /// Attempts of one record before it is rejected; nil retries without limit.
    public var attemptsMax: Int?
    /// What is added to the request timeout before a key goes on after an ambiguous failure.
    public var ambiguityGuard: Duration = .seconds(2)

    /// The defaults.
    public init() {}

    /// The options within the service's own limits.
    var checked: ProducerOptions {
        precondition(
            requestsMax >= 1 && requestsStart >= 1 && eagerRequestsMax >= 1,
            "a producer needs at least one request"
        )
        precondition((1...500).contains(recordsPerRequest), "\(recordsPerRequest) records per request; 1 to 500")
        precondition(
            (1...ProducerLimits.requestBytesMax).contains(requestBytesTarget)
                && (1...ProducerLimits.requestBytesMax).contains(recordBytesMax ?? 1)
                && (1...ProducerLimits.requestBytesMax).contains(aggregateBytesMax ?? 1),
            "requests, records and aggregates hold 1 byte to 10 MiB"
        )
        precondition(heldBytesMax > 0 && heldRecordsMax > 0, "a producer needs memory")
        precondition(
            linger >= .zero && retryDelayBase > .zero && retryDelayMax >= retryDelayBase && ambiguityGuard >= .zero,
            "durations are not negative, and the retry delay is more than zero"
        )
        precondition((attemptsMax ?? 1) >= 1, "a record needs at least one attempt")
        return self
    }

    /// The largest aggregate: not more than every stream takes, nor than a request is filled up to.
    ///
    /// Nil = there are none.
    var aggregateBytesBound: Int? {
        aggregateBytesMax.map { min($0, requestBytesTarget, recordBytesMax ?? StreamRecordLimit.bytesDefault) }
    }
}

/// The service's limits that no option can lift (KINESIS 1.3).
enum ProducerLimits {
    /// Data and partition keys of one request.
    static let requestBytesMax = 10 << 20
    /// Bytes of an answer: 500 entries of an error with a message are about 200 KiB.
    static let answerBytesMax = 4 << 20
    /// What a record costs in memory beside its data and key.
    static let recordOverheadBytes = 160
}
