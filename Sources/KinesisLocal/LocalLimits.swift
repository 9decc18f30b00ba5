/// The service's limits and the endpoint's own bounds, each with its reason.
public enum LocalLimits {
    /// Records of one PutRecords request (API reference).
    public static let recordsPerRequestMax = 500
    /// Bytes of data and partition keys in one PutRecords request (API reference).
    public static let requestBytesMax = 10 * 1024 * 1024
    /// Characters of a partition key (API reference).
    public static let partitionKeyCharactersMax = 256
    /// Bytes of one record's data and key on a stream that does not set its own maximum (API reference).
    public static let recordBytesDefault = 1024 * 1024
    /// Bytes of one record's data on any stream (API reference).
    public static let recordBytesMax = 10 * 1024 * 1024
    /// Records that a shard takes in a second (developer guide, quotas).
    public static let shardRecordsPerSecond = 1000
    /// Bytes of data and keys that a shard takes in a second (developer guide, quotas).
    public static let shardBytesPerSecond = 1024 * 1024
    /// Records that one GetRecords call answers (API reference).
    public static let recordsPerReadMax = 10_000
    /// Bytes of data that one GetRecords call answers (API reference).
    public static let readBytesMax = 10 * 1024 * 1024
    /// Hours for which a stream may keep its records (API reference).
    public static let retentionHours: ClosedRange<Int64> = 24...8760
    /// Consumers of a stream (API reference).
    public static let consumersMax = 20
    /// Consumers of a stream that are being created (API reference).
    public static let consumersCreatingMax = 5
    /// Milliseconds that a shard iterator lives (API reference).
    public static let iteratorLifetime: Int64 = 300_000
    /// Milliseconds that a paging token lives (API reference).
    public static let pagingTokenLifetime: Int64 = 300_000
    /// Milliseconds between a request's signing time and ours.
    public static let clockSkewMax: Int64 = 300_000
    /// Shards of a stream in on-demand mode at its creation (developer guide).
    public static let onDemandShards = 4
    /// Streams in on-demand mode per account (developer guide).
    public static let onDemandStreamsMax = 50
    /// Tags of a stream (API reference).
    public static let tagsMax = 50
    /// Bytes of an HTTP body: 10 MiB of data and keys as base64 (13.4 MiB), with the syntax around 500 records and keys
    /// written in escapes.
    public static let bodyBytesMax = 15 * 1024 * 1024
    /// Bytes set aside when a body is announced: a usual request fits, and an announcement alone does not cost much.
    public static let bodyBytesReserved = 2 * 1024 * 1024
    /// Bytes of a refused body that are read and thrown away, so that its client gets to read the refusal.
    public static let discardedBytesMax = 64 * 1024 * 1024
    /// Bytes counted for a stored record beside its data and key, so that many tiny records are bounded too.
    public static let recordOverheadBytes = 64
    /// Keys that the order ledger of one stream follows; further ones are counted but not followed.
    public static let ledgerKeysMax = 1_000_000
    /// Missing spans that the order ledger keeps for one key.
    public static let ledgerSpansPerKeyMax = 1024
    /// Milliseconds that a subscription lasts (API reference).
    public static let subscriptionLifetime: Int64 = 300_000
    /// Milliseconds between two subscriptions of one consumer to one shard (API reference).
    public static let subscriptionPause: Int64 = 5000
    /// Subscriptions after which those that are over are forgotten.
    public static let subscriptionsRemembered = 10_000
    /// Bytes of data in one event of a subscription.
    public static let eventBytesMax = 1024 * 1024
    /// Milliseconds after which an event is sent though there is no record.
    public static let eventPauseMax: Int64 = 5000
    /// Bytes that a client of HTTP/2 may send ahead, so that a usual request needs no second round.
    public static let http2WindowBytes = 4 * 1024 * 1024
    /// Connections at once; further ones are closed at once.
    public static let connectionsMax = 4096
}
