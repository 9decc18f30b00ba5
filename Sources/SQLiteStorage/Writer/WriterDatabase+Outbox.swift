import ActivationCore
import ActivationEngine

extension WriterDatabase {
    /// Rows looked at in one claim: bounds the time a claim takes when nearly all rows belong to profiles that must
    /// wait; their next settlement brings the next claim.
    private static let scannedRowsMax = 20_000

    /// See ``Storage/claim(dataflow:limit:limitPerProfile:)``.
    func claim(dataflow: Dataflow.ID, limit: Int, limitPerProfile: Int) throws(StorageError) -> [OutboxRow] {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return [] }
        let range = RowSpace.outbox(ofDataflow: tally.number)
        // Taken out of the dictionary while it changes, so that it is never copied.
        var ledger = ledgers.removeValue(forKey: dataflow) ?? ClaimLedger(before: range.lowerBound)
        defer { ledgers[dataflow] = ledger }
        ledger.limit(perProfile: limitPerProfile)
        var rows: [OutboxRow] = []
        rows.reserveCapacity(min(limit, Int(tally.pendingRows)))
        do throws(StorageError) {
            try read { () throws(StorageError) in
                try claimPassedOver(dataflow, limit: limit, &ledger, into: &rows)
                try claimNext(dataflow, through: range.upperBound, limit: limit, &ledger, into: &rows)
            }
        } catch {
            ledger.giveBack(rows.map(\.row))
            throw error
        }
        return rows
    }

    private func claimPassedOver(
        _ dataflow: Dataflow.ID,
        limit: Int,
        _ ledger: inout ClaimLedger,
        into rows: inout [OutboxRow]
    ) throws(StorageError) {
        while rows.count < limit, let ready = ledger.nextReady() {
            let row = try firstUnclaimed(of: ready.profile, in: ready.from...ledger.scanned, ledger)
            guard ledger.claimPassedOver(row, of: ready.profile), let row else { continue }
            statements.readOutbox.bind(1, row)
            defer { statements.readOutbox.reset() }
            guard try statements.readOutbox.next() else {
                throw StorageError(.corrupt, "an index of the outbox names a missing row; restore from a backup")
            }
            rows.append(try statements.readOutbox.outboxRow(of: dataflow))
        }
    }

    private func firstUnclaimed(
        of profile: Profile.ID,
        in range: ClosedRange<Int64>,
        _ ledger: ClaimLedger
    ) throws(StorageError) -> Int64? {
        let findOutbox = statements.findOutbox
        findOutbox.bind(1, profile.uuid)
        findOutbox.bind(2, range.lowerBound)
        findOutbox.bind(3, range.upperBound)
        defer { findOutbox.reset() }
        while try findOutbox.next() {
            let row = findOutbox.integer(0)
            if !ledger.isClaimed(row) { return row }
        }
        return nil
    }

    private func claimNext(
        _ dataflow: Dataflow.ID,
        through last: Int64,
        limit: Int,
        _ ledger: inout ClaimLedger,
        into rows: inout [OutboxRow]
    ) throws(StorageError) {
        let scanOutbox = statements.scanOutbox
        scanOutbox.bind(1, ledger.scanned + 1)
        scanOutbox.bind(2, last)
        defer { scanOutbox.reset() }
        var looked = 0
        while rows.count < limit, looked < Self.scannedRowsMax, try scanOutbox.next() {
            looked += 1
            let profile = Profile.ID(uuid: try scanOutbox.uuid(1))
            if ledger.claimNext(scanOutbox.integer(0), of: profile) {
                rows.append(try scanOutbox.outboxRow(of: dataflow))
            }
        }
    }

    /// See ``Storage/settle(dataflow:_:)``.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) throws(StorageError) {
        guard !settlements.isEmpty, let number = tallies.dataflows[dataflow]?.number else { return }
        let range = RowSpace.outbox(ofDataflow: number)
        try write { tallies throws(StorageError) in
            var delivered: Int64 = 0
            var parked: Int64 = 0
            // Neighbours share pages; of two settlements of a row the first counts, so the sort keeps their order.
            let order = settlements.indices.sorted { (settlements[$0].row, $0) < (settlements[$1].row, $1) }
            for settlement in order.lazy.map({ settlements[$0] }) where range.contains(settlement.row) {
                switch settlement.outcome {
                case .delivered:
                    if try delete(settlement.row) { delivered += 1 }
                case .parked(let code, let message, let at):
                    try copyToDeadLetters(settlement.row, code: code, message: message, at: at)
                    if try delete(settlement.row) { parked += 1 }
                }
            }
            tallies.dataflows[dataflow]?.leave(delivered: delivered, parked: parked)
        }
        guard var ledger = ledgers.removeValue(forKey: dataflow) else { return }
        for settlement in settlements { ledger.settle(settlement.row) }
        ledgers[dataflow] = ledger
    }

    private func delete(_ row: Int64) throws(StorageError) -> Bool {
        statements.deleteOutbox.bind(1, row)
        try statements.deleteOutbox.run()
        return connection.changes == 1
    }

    private func copyToDeadLetters(
        _ row: Int64,
        code: String,
        message: String,
        at: Timestamp
    ) throws(StorageError) {
        let parkOutbox = statements.parkOutbox
        parkOutbox.bind(1, row)
        parkOutbox.bind(2, bytesOf: code)
        parkOutbox.bind(3, bytesOf: message)
        parkOutbox.bind(4, at.milliseconds)
        try parkOutbox.run()
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    func releaseClaims(dataflow: Dataflow.ID) {
        ledgers[dataflow] = nil
    }

    /// Drops some of a dataflow's waiting rows, in a transaction of bounded size.
    ///
    /// - Returns: How many were dropped; 0 = none are left.
    func discardSome(of dataflow: Dataflow.ID) throws(StorageError) -> Int {
        guard let number = tallies.dataflows[dataflow]?.number else { return 0 }
        let range = RowSpace.outbox(ofDataflow: number)
        let dropped = try write { tallies throws(StorageError) in
            statements.discardOutbox.bind(1, range.lowerBound)
            statements.discardOutbox.bind(2, range.upperBound)
            statements.discardOutbox.bind(3, Int64(Self.scannedRowsMax))
            try statements.discardOutbox.run()
            let dropped = connection.changes
            tallies.dataflows[dataflow]?.leave(suppressed: Int64(dropped))
            return dropped
        }
        // Claims of rows that are gone would hold back what comes next.
        ledgers[dataflow] = nil
        return dropped
    }

    /// See ``Storage/books(dataflow:)``.
    func books(dataflow: Dataflow.ID) -> (counters: DataflowCounters, pendingRows: Int64) {
        let tally = tallies.dataflows[dataflow]
        return (tally?.counters ?? DataflowCounters(), tally?.pendingRows ?? 0)
    }
}

extension Tallies.DataflowTally {
    fileprivate mutating func leave(delivered: Int64 = 0, parked: Int64 = 0, suppressed: Int64 = 0) {
        counters.delivered += delivered
        counters.parked += parked
        counters.suppressedDeleted += suppressed
        pendingRows -= delivered + parked + suppressed
        isChanged = true
    }
}

extension Statement {
    /// The record of the current row of a statement that selects the outbox's columns in the schema's order.
    func outboxRow(of dataflow: Dataflow.ID) throws(StorageError) -> OutboxRow {
        OutboxRow(
            row: integer(0),
            dataflow: dataflow,
            profile: Profile.ID(uuid: try uuid(1)),
            mergePolicy: MergePolicy.ID(uuid: try uuid(2)),
            revision: integer(3),
            reasons: TriggerReasons(rawValue: UInt8(truncatingIfNeeded: integer(4))),
            partitionKey: text(6),
            payload: bytes(7),
            admittedAt: Timestamp(milliseconds: integer(5))
        )
    }
}
