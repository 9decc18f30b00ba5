/// How much room the store takes and how much there is.
public struct StoreSpace: Sendable, Equatable {
    /// Bytes of the database and of the values beside it.
    public var database: Int64
    /// Bytes of the logs of writes that are not in it yet.
    public var log: Int64
    /// Bytes that may be written to the disk.
    public var free: Int64
    /// Bytes of the disk.
    public var disk: Int64

    /// Creates the figures, in bytes.
    public init(database: Int64, log: Int64, free: Int64, disk: Int64) {
        self.database = database
        self.log = log
        self.free = free
        self.disk = disk
    }

    /// Whether there is little room: less than a gibibyte or than a twentieth of the disk.
    public var isTight: Bool { free < 1 << 30 || free < disk / 20 }
}
