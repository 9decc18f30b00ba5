import ActivationCore
import ActivationEngine
import StorageCommon

extension WriterDatabase {
    /// Rows looked at in one step of a claim: bounds the time that others wait for it when nearly all rows belong to
    /// profiles that must wait.
    static let scannedRowsMax = 20_000

    /// A step of a claim.
    struct ClaimStep: Sendable {
        /// What was claimed.
        var rows: [OutboxRow] = []
        /// Whether every row was looked at, so that another step would find nothing more.
        var isLast = false
    }

    /// See ``Storage/claim(_:)``; nothing claimed and not the last step = more rows have to be looked at.
    func claimStep(_ request: ClaimRequest) throws(StorageError) -> ClaimStep {
        guard let tally = tallies.dataflows[request.dataflow], tally.pendingRows > 0, request.limit > 0 else {
            return ClaimStep(isLast: true)
        }
        let range = RowSpace.outbox(ofDataflow: tally.number)
        // Taken out of the dictionary while it changes, so that it is never copied.
        var ledger = ledgers.removeValue(forKey: request.dataflow) ?? ClaimLedger(before: range.lowerBound)
        defer { ledgers[request.dataflow] = ledger }
        let rows = StoredRows(reads: reads, dataflow: request.dataflow)
        var claim = Claim(request, in: range, from: rows, scannedRowsMax: Self.scannedRowsMax)
        try reads.read { () throws(StorageError) in try claim.run(&ledger) }
        return ClaimStep(rows: claim.rows, isLast: claim.isExhausted)
    }

    /// See ``Storage/settle(dataflow:_:)``.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) throws(StorageError) {
        guard !settlements.isEmpty, let tally = tallies.dataflows[dataflow] else { return }
        let range = RowSpace.outbox(ofDataflow: tally.number)
        try write(in: tally.scope, at: settlements.lazy.compactMap(\.at).max()) { tallies throws(StorageError) in
            var settled = Settled()
            // Neighbours share pages; of two settlements of a row the first counts, so the sort keeps their order.
            let order = settlements.indices.sorted { (settlements[$0].row, $0) < (settlements[$1].row, $1) }
            var last: Int64?
            for settlement in order.lazy.map({ settlements[$0] }) where range.contains(settlement.row) {
                defer { last = settlement.row }
                switch (settlement.outcome, try reads.leaving(settlement.row)) {
                case (.delivered, let row?):
                    try noteDelivery(settlement, of: row.profile, revision: row.revision)
                    try delete(settlement.row)
                    settled.enter(DataflowCounters(delivered: 1), of: row.audiences)
                case (.delivered, nil):
                    guard settlement.row != last, let profile = ledgers[dataflow]?.claimant(of: settlement.row) else {
                        continue
                    }
                    // Its profile was deleted while it was on its way.
                    try noteDelivery(settlement, of: profile)
                    let told = ledgers[dataflow]?.audiences(toldBy: settlement.row) ?? []
                    settled.enter(DataflowCounters(delivered: 1, suppressedDeleted: -1), of: told)
                case (.parked(let code, let message, let at), let row?):
                    try copyToDeadLetters(settlement.row, code: code, message: message, at: at)
                    try delete(settlement.row)
                    settled.enter(DataflowCounters(parked: 1), of: row.audiences)
                case (.recalled, nil):
                    guard settlement.row != last, let profile = ledgers[dataflow]?.claimant(of: settlement.row) else {
                        continue
                    }
                    try noteDelivery(settlement, of: profile)
                case (.parked, nil), (.recalled, _?): continue
                }
            }
            tallies.dataflows[dataflow]?.leave(settled.counters, settled.audiences)
        }
        guard var ledger = ledgers.removeValue(forKey: dataflow) else { return }
        ledger.settle(settlements.lazy.map(\.row))
        ledgers[dataflow] = ledger
    }

    func delete(_ row: Int64) throws(StorageError) {
        statements.deleteOutbox.bind(1, row)
        try statements.deleteOutbox.run()
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
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else {
            let dropped = try dropSomeMarks(of: dataflow)
            return dropped > 0 ? dropped : try forgetHours(of: dataflow)
        }
        let range = RowSpace.outbox(ofDataflow: tally.number)
        let dropped = try write(in: tally.scope) { tallies throws(StorageError) in
            statements.discardOutbox.bind(1, range.lowerBound)
            statements.discardOutbox.bind(2, range.upperBound)
            statements.discardOutbox.bind(3, Int64(Self.scannedRowsMax))
            let settled = try settled(statements.discardOutbox, each: DataflowCounters(suppressedDeleted: 1))
            tallies.dataflows[dataflow]?.leave(settled.counters, settled.audiences)
            return Int(settled.counters.suppressedDeleted)
        }
        // Claims of rows that are gone would hold back what comes next.
        ledgers[dataflow] = nil
        return dropped
    }

    /// Runs a statement that deletes rows and answers the audiences of which each tells.
    ///
    /// - Parameters:
    ///   - statement: The statement, its parameters set.
    ///   - counters: What is entered of each row.
    ///   - note: Looks at each row.
    /// - Returns: What is entered of all.
    /// - Throws: When it cannot be run.
    func settled(
        _ statement: Statement,
        each counters: DataflowCounters,
        _ note: (Statement) -> Void = { _ in }
    ) throws(StorageError) -> Settled {
        defer { statement.reset() }
        var settled = Settled()
        while try statement.next() {
            settled.enter(counters, of: try statement.audiences(0))
            note(statement)
        }
        return settled
    }

    /// See ``Storage/lastRow(dataflow:)``.
    func lastRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64 {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return 0 }
        return try reads.outboxInteger(statements.lastOutbox, ofDataflow: tally.number) ?? 0
    }

    /// See ``Storage/firstRow(dataflow:)``.
    func firstRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64? {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return nil }
        return try reads.outboxInteger(statements.firstOutbox, ofDataflow: tally.number)
    }

    /// See ``Storage/books(dataflow:)``.
    func books(dataflow: Dataflow.ID) throws(StorageError) -> StoredBooks {
        guard let tally = tallies.dataflows[dataflow] else { return StoredBooks() }
        let oldest =
            tally.pendingRows > 0 ? try reads.outboxInteger(statements.oldestOutbox, ofDataflow: tally.number) : nil
        return StoredBooks(
            counters: tally.counters,
            pendingRows: tally.pendingRows,
            oldestPendingAt: oldest.map { Timestamp(milliseconds: $0) }
        )
    }
}

/// What is entered in the books of rows that leave.
struct Settled {
    private(set) var counters = DataflowCounters()
    private(set) var audiences = AudienceBooks()

    /// Enters a row that tells of some audiences.
    mutating func enter(_ counters: DataflowCounters, of audiences: [Audience.ID]) {
        self.counters += counters
        self.audiences.enter(counters, of: audiences)
    }
}

extension Tallies.DataflowTally {
    /// Enters what has left the outbox; of a row that was dropped on its way and has arrived all the same it takes that back.
    mutating func leave(_ left: DataflowCounters, _ audiences: AudienceBooks) {
        counters += left
        entered += audiences
        pendingRows += left.pending
        isChanged = true
    }
}

extension Statement {
    /// The record of the current row of a statement that selects the outbox's columns in the schema's order.
    func outboxRow(of dataflow: Dataflow.ID) throws(StorageError) -> OutboxRow {
        guard let lane = OutboxLane(rawValue: try number(8)) else {
            throw StorageError(.corrupt, "a record stands in a lane that is unknown; restore from a backup")
        }
        var row = OutboxRow(
            row: integer(0),
            dataflow: dataflow,
            profile: Profile.ID(uuid: try uuid(1)),
            mergePolicy: MergePolicy.ID(uuid: try uuid(2)),
            revision: try count(3),
            lane: lane,
            reasons: TriggerReasons(rawValue: try number(4)),
            partitionKey: try text(6),
            payload: bytes(7),
            admittedAt: Timestamp(milliseconds: integer(5))
        )
        row.audiences = try audiences(9)
        return row
    }
}
