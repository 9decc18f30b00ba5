import ActivationCore
import ActivationEngine
import StorageCommon

/// The records that wait in the database and, behind them, in the log.
struct LoggedRows: WaitingRows {
    let stored: StoredRows
    /// Those in the log, older ones first.
    let generations: [PendingOutbox]
    /// Rows that may still stand in the database and do not wait any more.
    let left: [Set<Int64>]
    /// The last entry of the log that is durable; records of later ones are nobody's business yet.
    let durable: UInt64

    /// The first row that is in the log, if any: the database's come before it.
    private var firstLogged: Int64 { generations.map(\.first).min() ?? .max }

    private func hasLeft(_ row: Int64) -> Bool { left.contains { $0.contains(row) } }

    func scan(
        after row: Int64,
        through last: Int64,
        _ visit: (StoredRow) throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool {
        let storedLast = min(last, firstLogged - 1)
        if row < storedLast {
            let isAtEnd = try stored.scan(after: row, through: storedLast) { visited throws(StorageError) in
                if hasLeft(visited.row) { return true }
                return try visit(visited)
            }
            if !isAtEnd { return false }
        }
        var before = row
        for pending in generations {
            while let record = pending.next(after: before), record.row.row <= last, record.entry <= durable {
                before = record.row.row
                if hasLeft(before) { continue }
                let visited = StoredRow(row: before, profile: record.row.profile, source: .record(record.row))
                if try !visit(visited) { return false }
            }
        }
        return true
    }

    func first(
        of profile: Profile.ID,
        in rows: ClosedRange<Int64>,
        where isWanted: (Int64) -> Bool
    ) throws(StorageError) -> Int64? {
        let storedLast = min(rows.upperBound, firstLogged - 1)
        if rows.lowerBound <= storedLast,
            let row = try stored.first(
                of: profile,
                in: rows.lowerBound...storedLast,
                where: { !hasLeft($0) && isWanted($0) }
            )
        {
            return row
        }
        for pending in generations {
            let first = pending.first(of: profile, in: rows) { !hasLeft($0) && isWanted($0) }
            guard let record = first else { continue }
            return record.entry <= durable ? record.row.row : nil
        }
        return nil
    }

    func record(_ row: Int64) throws(StorageError) -> OutboxRow {
        for pending in generations { if let record = pending[row] { return record.row } }
        return try stored.record(row)
    }

    /// What is entered of a row that leaves; nil when it does not wait.
    func leaving(
        _ row: Int64
    ) throws(StorageError) -> (profile: Profile.ID, revision: Int64, audiences: [Audience.ID])? {
        if hasLeft(row) { return nil }
        for pending in generations where pending.covers(row) {
            return pending[row].map { ($0.row.profile, $0.row.revision, $0.row.audiences) }
        }
        return try stored.reads.leaving(row)
    }

    /// The first record that waits.
    func first(in range: ClosedRange<Int64>) throws(StorageError) -> OutboxRow? {
        var first: OutboxRow?
        _ = try scan(after: range.lowerBound, through: range.upperBound) { visited throws(StorageError) in
            first = try visited.record()
            return false
        }
        return first
    }

    /// The row of the last record that waits.
    func last(in range: ClosedRange<Int64>) throws(StorageError) -> Int64? {
        if let last = generations.reversed().lazy.compactMap({ $0.last(through: durable, where: { !hasLeft($0) }) })
            .first
        {
            return last.row.row
        }
        var upper = min(range.upperBound, firstLogged - 1)
        let statement = stored.reads.statements.lastOutbox
        while upper > range.lowerBound {
            statement.bind(1, range.lowerBound)
            statement.bind(2, upper)
            let row = try statement.next() ? statement.integer(0) : 0
            statement.reset()
            guard row > 0 else { return nil }
            if !hasLeft(row) { return row }
            upper = row - 1
        }
        return nil
    }
}
