/// What the order ledger of a stream has found so far; records inside of aggregates count one by one.
public struct Verification: Equatable, Sendable {
    /// Records with a marker.
    public var marked = 0
    /// Different keys among the markers.
    public var keys = 0
    /// Times a key's numbers jumped ahead of the next one.
    public var leaps = 0
    /// Numbers that were jumped over and have not arrived since.
    public var missing = 0
    /// Records that arrived after a later one of their key, each one's first copy.
    public var late = 0
    /// Records whose number had arrived before.
    public var duplicates = 0
    /// Records of keys, or gaps, beyond the ledger's memory.
    public var notFollowed = 0
    /// Records without a marker.
    public var unmarked = 0
    /// Different routing hashes, that is partition keys, among the records without a marker.
    public var unmarkedKeys = 0

    /// Creates what is found of no records.
    public init() {}

    /// Whether every marked record arrived after all earlier ones of its key; repeats of an earlier one do not count.
    public var isOrdered: Bool { leaps == 0 && late == 0 }

    /// Whether no number is missing below the highest of its key.
    public var isComplete: Bool { missing == 0 && notFollowed == 0 }
}
