import ActivationCore
import ActivationEngine
import CommitLog
import StorageCommon

/// The records that wait, in memory and in the database.
extension LoggedDatabase {
    /// See ``Storage/claim(_:)``; nothing claimed and not the last step = more rows have to be looked at.
    func claimStep(_ request: ClaimRequest) throws(StorageError) -> WriterDatabase.ClaimStep {
        guard let tally = tallies.dataflows[request.dataflow], tally.pendingRows > 0, request.limit > 0 else {
            return WriterDatabase.ClaimStep(isLast: true)
        }
        let range = RowSpace.outbox(ofDataflow: tally.number)
        var ledger = ledgers.removeValue(forKey: request.dataflow) ?? ClaimLedger(before: range.lowerBound)
        defer { ledgers[request.dataflow] = ledger }
        var claim = Claim(
            request,
            in: range,
            from: waitingRows(of: request.dataflow),
            scannedRowsMax: WriterDatabase.scannedRowsMax
        )
        try reads.read { () throws(StorageError) in try claim.run(&ledger) }
        return WriterDatabase.ClaimStep(rows: claim.rows, isLast: claim.isExhausted)
    }

    private func waitingRows(of dataflow: Dataflow.ID) -> LoggedRows {
        LoggedRows(
            stored: StoredRows(reads: reads, dataflow: dataflow),
            generations: [performing, newest].compactMap { generation in generation?.outbox[dataflow] },
            left: [performing, newest].compactMap { generation in generation?.left[dataflow] },
            durable: log.durable
        )
    }

    /// See ``Storage/settle(dataflow:_:)``.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) throws(StorageError) -> Staged {
        guard !settlements.isEmpty, let tally = tallies.dataflows[dataflow] else { return Staged() }
        guard let change = try delivered(settlements, of: dataflow, RowSpace.outbox(ofDataflow: tally.number)) else {
            try exclusively { (database) throws(StorageError) in try database.settle(dataflow: dataflow, settlements) }
            return Staged()
        }
        var staged = Staged()
        if !change.deliveries.isEmpty {
            var draft = tallies
            let settled = change.settled
            draft.dataflows[dataflow]?.leave(settled.counters, settled.audiences)
            draft.countCommit(of: tally.scope, nil)
            staged = try stage(.settlement(change), draft)
        }
        if var ledger = ledgers.removeValue(forKey: dataflow) {
            ledger.settle(settlements.lazy.map(\.row))
            ledgers[dataflow] = ledger
        }
        return staged
    }

    /// What the log notes of settlements; nil when they are not all of records that waited and were delivered.
    private func delivered(
        _ settlements: [OutboxSettlement],
        of dataflow: Dataflow.ID,
        _ range: ClosedRange<Int64>
    ) throws(StorageError) -> LoggedSettlement? {
        let waiting = waitingRows(of: dataflow)
        var change = LoggedSettlement(dataflow: dataflow, at: nil, deliveries: [])
        change.deliveries.reserveCapacity(settlements.count)
        var rows = Set<Int64>(minimumCapacity: settlements.count)
        for settlement in settlements where range.contains(settlement.row) {
            guard case .delivered = settlement.outcome, rows.insert(settlement.row).inserted,
                let record = try waiting.leaving(settlement.row)
            else { return nil }
            change.deliveries.append(
                LoggedSettlement.Delivery(
                    row: settlement.row,
                    profile: record.profile,
                    revision: record.revision,
                    receipt: settlement.receipt,
                    audiences: record.audiences
                )
            )
        }
        change.at = settlements.lazy.compactMap(\.at).max()
        return change
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    func releaseClaims(dataflow: Dataflow.ID) {
        ledgers[dataflow] = nil
    }

    /// See ``Storage/lastRow(dataflow:)``.
    func lastRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64 {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return 0 }
        return try waitingRows(of: dataflow).last(in: RowSpace.outbox(ofDataflow: tally.number)) ?? 0
    }

    /// See ``Storage/firstRow(dataflow:)``.
    func firstRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64? {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return nil }
        return try oldest(of: dataflow, tally)?.row
    }

    /// See ``Storage/books(dataflow:)``.
    func books(dataflow: Dataflow.ID) throws(StorageError) -> StoredBooks {
        guard let tally = tallies.dataflows[dataflow] else { return StoredBooks() }
        return StoredBooks(
            counters: tally.counters,
            pendingRows: tally.pendingRows,
            oldestPendingAt: tally.pendingRows > 0 ? try oldest(of: dataflow, tally)?.admittedAt : nil
        )
    }

    private func oldest(of dataflow: Dataflow.ID, _ tally: Tallies.DataflowTally) throws(StorageError) -> OutboxRow? {
        try waitingRows(of: dataflow).first(in: RowSpace.outbox(ofDataflow: tally.number))
    }
}
