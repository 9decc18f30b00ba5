/// How a ``SQLiteStorage`` uses the machine; every value has a default that suits a server.
public struct SQLiteStorageOptions: Sendable {
    /// Bytes of pages kept in memory by the writer; more means fewer reads from the system.
    public var cacheBytes = 64 << 20
    /// Bytes of the write-ahead log at which the writer copies it into the database, between two commits.
    public var logBytesMax = 64 << 20
    /// Bytes of one page; decides only when the database is created.
    public var pageBytes = 4096
    /// Pages the database may have, nil = as many as the disk holds; a commit over it fails with `full`.
    public var pageCountMax: Int?
    /// The name of a virtual file system registered with SQLite, nil = the default one.
    var vfs: String?

    /// Creates options with the default values.
    public init() {}
}
