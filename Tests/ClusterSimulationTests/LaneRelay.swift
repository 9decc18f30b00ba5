import ActivationCore
import ActivationEngine
import StorageCommon

/// What a node knows of a lane that it relays; memory only.
struct LaneRelay {
    /// Of what only one record is on its way at a time.
    struct Key: Hashable {
        var dataflow: Dataflow.ID
        var profile: Profile.ID
    }

    let epoch: Int64
    /// To whom the lane goes once nothing of it is on its way.
    var successor: Int?
    var ledgers: [Dataflow.ID: ClaimLedger] = [:]
    /// Records on their way, each with the number of the sending that counts.
    var underWay: [Int64: Int] = [:]
    /// Records in hand by their profile, in their order; the first is on its way.
    var held: [Key: [Int64]] = [:]
    /// Records that have left and are not known to be settled, in the order in which they left: each settlement is of all of them, as in the
    /// product, so that none is settled before one that left earlier.
    var unsettled: [Dataflow.ID: [Int64]] = [:]
    /// Gates at which somebody waits, and markers whose turn it is, with their dataflows.
    var gates: [Int64: Dataflow.ID] = [:]
    var markers: [Int64: Dataflow.ID] = [:]
    var isClaiming = false
}

/// The rows of one dataflow in one lane, as they are at an instant.
struct SnapshotRows: WaitingRows {
    struct Visited: VisitedRow {
        let found: SharedContent.Row
        var row: Int64 { found.row }
        var profile: Profile.ID { found.profile }
        var kind: LaneRowKind { found.kind }

        func record() throws(StorageError) -> OutboxRow { try found.sent() }
    }

    let rows: [SharedContent.Row]

    func scan(
        after row: Int64,
        through last: Int64,
        _ visit: (Visited) throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool {
        for found in rows where found.row > row && found.row <= last {
            if try !visit(Visited(found: found)) { return false }
        }
        return true
    }

    func first(
        of profile: Profile.ID,
        in rows: ClosedRange<Int64>,
        where isWanted: (Int64) -> Bool
    ) throws(StorageError) -> Int64? {
        self.rows.first { $0.profile == profile && rows.contains($0.row) && isWanted($0.row) }?.row
    }

    func record(_ row: Int64) throws(StorageError) -> OutboxRow {
        guard let found = rows.first(where: { $0.row == row }) else { throw StorageError(.conflict, "a row has left") }
        return try found.sent()
    }

    func kind(of row: Int64) throws(StorageError) -> LaneRowKind {
        rows.first { $0.row == row }?.kind ?? .record
    }
}

extension SharedContent.Row {
    fileprivate func sent() throws(StorageError) -> OutboxRow {
        guard let record else { throw StorageError(.conflict, "a row is no record") }
        return record
    }
}
