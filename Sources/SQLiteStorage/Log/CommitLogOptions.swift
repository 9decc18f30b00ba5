/// How a ``SQLiteStorage`` uses the commit log in front of its database.
public struct CommitLogOptions: Sendable {
    /// Bytes of acknowledged changes that are gathered before they are performed in the database, at least.
    public var gatheredBytes = 32 << 20
    /// Bytes of acknowledged changes that wait to be performed at which commits wait for that.
    public var waitingBytesMax = 96 << 20

    /// Creates options with the default values.
    public init() {}
}
