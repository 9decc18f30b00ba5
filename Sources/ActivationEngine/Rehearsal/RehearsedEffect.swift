public import ActivationCore

/// What would happen to some stored profiles by a change that is rehearsed (BEHAVIOUR 3.19, 5.8).
public struct RehearsedEffect: Sendable, Hashable {
    /// Profiles that were looked at.
    public var profiles: Int
    /// The row of the last of them; nil when there were none.
    public var lastRow: Int64?
    /// Those who would become members, counted as the audience's counters would count them.
    public var entering: Int64
    /// Members who would cease to be.
    public var exiting: Int64
    /// Records that enabled dataflows would get, by dataflow; those that would get none are left out.
    public var records: [Dataflow.ID: Int]
    /// Bytes of those records with their partition keys.
    public var bytes: [Dataflow.ID: Int]
    /// Bytes of the largest of them.
    public var bytesMax: [Dataflow.ID: Int]

    /// Creates an effect.
    public init(
        profiles: Int = 0,
        lastRow: Int64? = nil,
        entering: Int64 = 0,
        exiting: Int64 = 0,
        records: [Dataflow.ID: Int] = [:],
        bytes: [Dataflow.ID: Int] = [:],
        bytesMax: [Dataflow.ID: Int] = [:]
    ) {
        self.profiles = profiles
        self.lastRow = lastRow
        self.entering = entering
        self.exiting = exiting
        self.records = records
        self.bytes = bytes
        self.bytesMax = bytesMax
    }

    /// Adds what would happen to profiles in later rows.
    public static func += (left: inout RehearsedEffect, right: RehearsedEffect) {
        left.profiles += right.profiles
        left.lastRow = right.lastRow ?? left.lastRow
        left.entering += right.entering
        left.exiting += right.exiting
        left.records.merge(right.records, uniquingKeysWith: +)
        left.bytes.merge(right.bytes, uniquingKeysWith: +)
        left.bytesMax.merge(right.bytesMax, uniquingKeysWith: max)
    }
}

extension RehearsedEffect {
    /// Counts a record that a plan makes which is never performed.
    mutating func add(_ row: OutboxRow) {
        let size = row.payload.count + row.partitionKey.utf8.count
        records[row.dataflow, default: 0] += 1
        bytes[row.dataflow, default: 0] += size
        bytesMax[row.dataflow] = max(bytesMax[row.dataflow] ?? 0, size)
    }
}
