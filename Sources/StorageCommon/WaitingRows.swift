package import ActivationCore
package import ActivationEngine

/// Where the records of one dataflow are found that wait, by row.
package protocol WaitingRows {
    /// A row that a scan has come to.
    associatedtype Visited: VisitedRow

    /// Goes through rows after one, up to another, in order.
    ///
    /// - Parameters:
    ///   - row: The row before the first one.
    ///   - last: The last one.
    ///   - visit: Gets a row; says whether to go on.
    /// - Returns: Whether all of them were visited.
    /// - Throws: What `visit` throws, and when they cannot be read.
    func scan(
        after row: Int64,
        through last: Int64,
        _ visit: (Visited) throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool

    /// The first row of a profile within some that is wanted; nil when there is none.
    func first(
        of profile: Profile.ID,
        in rows: ClosedRange<Int64>,
        where isWanted: (Int64) -> Bool
    ) throws(StorageError) -> Int64?

    /// The record in a row that waits.
    func record(_ row: Int64) throws(StorageError) -> OutboxRow

    /// What a row is that waits.
    func kind(of row: Int64) throws(StorageError) -> LaneRowKind
}

extension WaitingRows {
    /// Where no lane is another node's, there are records alone.
    package func kind(of row: Int64) throws(StorageError) -> LaneRowKind { .record }
}

/// A row that a scan has come to; good until it goes on.
package protocol VisitedRow {
    /// Where the record stands in its dataflow's outbox.
    var row: Int64 { get }
    /// Whose record it is.
    var profile: Profile.ID { get }
    /// What it is.
    var kind: LaneRowKind { get }

    /// The record.
    func record() throws(StorageError) -> OutboxRow
}

extension VisitedRow {
    /// Where no lane is another node's, there are records alone.
    package var kind: LaneRowKind { .record }
}
