import ActivationCore
import ActivationEngine
import StorageCommon

/// A row that a scan has come to; good until it goes on.
struct StoredRow: VisitedRow {
    /// Where the record is.
    enum Source {
        /// In the present row of a statement.
        case cursor(Statement, Dataflow.ID)
        /// Here.
        case record(OutboxRow)
    }

    let row: Int64
    let profile: Profile.ID
    let source: Source

    /// The record.
    func record() throws(StorageError) -> OutboxRow {
        switch source {
        case .cursor(let statement, let dataflow): try statement.outboxRow(of: dataflow)
        case .record(let record): record
        }
    }
}

/// The records that wait in the database.
struct StoredRows: WaitingRows {
    let reads: StoreReads
    let dataflow: Dataflow.ID

    func scan(
        after row: Int64,
        through last: Int64,
        _ visit: (StoredRow) throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool {
        let scanOutbox = reads.statements.scanOutbox
        scanOutbox.bind(1, row)
        scanOutbox.bind(2, last)
        defer { scanOutbox.reset() }
        var before = row
        while try scanOutbox.next() {
            let row = scanOutbox.integer(0)
            guard row > before else {
                throw StorageError(.corrupt, "rows of the outbox are not in order; restore from a backup")
            }
            before = row
            let profile = Profile.ID(uuid: try scanOutbox.uuid(1))
            let visited = StoredRow(row: row, profile: profile, source: .cursor(scanOutbox, dataflow))
            if try !visit(visited) { return false }
        }
        return true
    }

    func first(
        of profile: Profile.ID,
        in rows: ClosedRange<Int64>,
        where isWanted: (Int64) -> Bool
    ) throws(StorageError) -> Int64? {
        let findOutbox = reads.statements.findOutbox
        findOutbox.bind(1, profile.uuid)
        findOutbox.bind(2, rows.lowerBound)
        findOutbox.bind(3, rows.upperBound)
        defer { findOutbox.reset() }
        while try findOutbox.next() {
            let row = findOutbox.integer(0)
            if isWanted(row) { return row }
        }
        return nil
    }

    func record(_ row: Int64) throws(StorageError) -> OutboxRow {
        let readOutbox = reads.statements.readOutbox
        readOutbox.bind(1, row)
        defer { readOutbox.reset() }
        guard try readOutbox.next() else {
            throw StorageError(.corrupt, "an index of the outbox names a missing row; restore from a backup")
        }
        return try readOutbox.outboxRow(of: dataflow)
    }
}
