import CommitLog

/// How a ``SQLiteStorage`` uses the machine; every value has a default that suits a server.
public struct SQLiteStorageOptions: Sendable {
    /// Bytes of pages kept in memory by the writer; more means fewer reads from the system.
    public var cacheBytes = 32 << 20
    /// Bytes of the write-ahead log at which the writer copies it into the database, between two commits; while commits
    /// are small, a quarter of them is enough.
    ///
    /// What is still in the log depends on one more file than what is in the database, so it is kept short.
    public var logBytesMax = 32 << 20
    /// How often the writer looks whether it has nothing to do and copies the log into the database then.
    public var idleInterval = Duration.seconds(1)
    /// Bytes of one page; decides only when the database is created.
    public var pageBytes = 4096
    /// Pages the database may have, nil = as many as the disk holds; a commit over it fails with `full`.
    public var pageCountMax: Int?
    /// Days for which it is kept which records were delivered (BEHAVIOUR 3.11); 0 = not at all.
    public var ledgerDays = 30
    /// Whether a store is made where there is none.
    public var makesStore = true
    /// How commits are made durable by a log in front of the database; nil = by the database itself.
    public var commitLog: CommitLogOptions?
    /// Told how far an upgrade of an older store is, in sentences.
    public var reportProgress: @Sendable (String) -> Void = { _ in }
    /// Bytes of the database that the first steps of a scrub look at, so that commits get their turn in between.
    var scrubBytes = 16 << 20
    /// Where the log is, nil = in the directory.
    var logVolume: (any LogVolume)?
    /// Where values of profiles are that are not in the database, nil = in the directory.
    var valueVolume: (any LogVolume)?
    /// Between which bounds a file with such values is large, before the next one begins.
    var valueFileBytes = 16 << 20...256 << 20
    /// The name of a virtual file system registered with SQLite, nil = the default one.
    var vfs: String?

    /// Bytes of pages that the connection that writes keeps: little when another one reads for it.
    var writerCacheBytes: Int { commitLog == nil ? cacheBytes : cacheBytes / 4 }
    /// Bytes of pages that the connection that reads behind a log keeps.
    var readsCacheBytes: Int { cacheBytes - cacheBytes / 4 }

    /// Creates options with the default values.
    public init() {}
}
