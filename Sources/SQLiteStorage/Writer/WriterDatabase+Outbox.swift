import ActivationCore
import ActivationEngine

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
        ledger.limit(perProfile: request.limitPerProfile)
        ledger.hold(through: request.holdingThrough.map { min($0, range.upperBound) })
        var claim = Claim(request: request, range: range)
        do throws(StorageError) {
            try read { () throws(StorageError) in
                try claimPassedOver(&claim, &ledger)
                try claimNext(&claim, &ledger)
            }
        } catch {
            ledger.giveBack(claim.rows.map(\.row))
            throw error
        }
        for row in claim.rows { ledger.note(row.audiences, toldBy: row.row) }
        return ClaimStep(rows: claim.rows, isLast: claim.isExhausted)
    }

    /// A claim under way.
    private struct Claim {
        let request: ClaimRequest
        let range: ClosedRange<Int64>
        var rows: [OutboxRow] = []
        var bytes = 0
        /// Whether a row was left because of its bytes.
        var isFull = false
        /// Whether there is no further row to look at.
        var isExhausted = false

        /// The last row that may be taken.
        var last: Int64 { min(request.through ?? range.upperBound, range.upperBound) }

        /// Whether more rows may be taken.
        var takesMore: Bool { !isFull && rows.count < request.limit }

        /// Takes a row unless it is too many bytes, which ends the claim.
        mutating func take(_ row: OutboxRow) -> Bool {
            guard rows.isEmpty || row.payload.count <= request.bytesMax - bytes else {
                isFull = true
                return false
            }
            bytes += row.payload.count
            rows.append(row)
            return true
        }
    }

    private func claimPassedOver(_ claim: inout Claim, _ ledger: inout ClaimLedger) throws(StorageError) {
        while claim.takesMore, let (profile, from) = ledger.nextReady() {
            guard try !isHeld(profile, in: claim.range, ledger),
                let row = try firstUnclaimed(of: profile, from: from, through: ledger.scanned, ledger)
            else {
                ledger.nothingPassedOver(of: profile)
                continue
            }
            guard row <= claim.last, ledger.isFirstReady(row),
                claim.take(try outboxRow(row, of: claim.request.dataflow))
            else {
                ledger.passOver(row, of: profile)
                // The other profiles' rows are no older.
                if row > claim.last, ledger.isFirstReady(row) { return }
                continue
            }
            ledger.claimPassedOver(row, of: profile)
        }
    }

    private func outboxRow(_ row: Int64, of dataflow: Dataflow.ID) throws(StorageError) -> OutboxRow {
        statements.readOutbox.bind(1, row)
        defer { statements.readOutbox.reset() }
        guard try statements.readOutbox.next() else {
            throw StorageError(.corrupt, "an index of the outbox names a missing row; restore from a backup")
        }
        return try statements.readOutbox.outboxRow(of: dataflow)
    }

    /// Whether a profile waits with a row whose copies may still be on their way.
    private func isHeld(
        _ profile: Profile.ID,
        in range: ClosedRange<Int64>,
        _ ledger: ClaimLedger
    ) throws(StorageError) -> Bool {
        guard let heldThrough = ledger.heldThrough else { return false }
        let findOutbox = statements.findOutbox
        findOutbox.bind(1, profile.uuid)
        findOutbox.bind(2, range.lowerBound)
        findOutbox.bind(3, heldThrough)
        defer { findOutbox.reset() }
        return try findOutbox.next()
    }

    private func firstUnclaimed(
        of profile: Profile.ID,
        from first: Int64,
        through last: Int64,
        _ ledger: ClaimLedger
    ) throws(StorageError) -> Int64? {
        let findOutbox = statements.findOutbox
        findOutbox.bind(1, profile.uuid)
        findOutbox.bind(2, first)
        findOutbox.bind(3, last)
        defer { findOutbox.reset() }
        while try findOutbox.next() {
            let row = findOutbox.integer(0)
            if !ledger.isClaimed(row) { return row }
        }
        return nil
    }

    private func claimNext(_ claim: inout Claim, _ ledger: inout ClaimLedger) throws(StorageError) {
        guard claim.takesMore else { return }
        let scanOutbox = statements.scanOutbox
        scanOutbox.bind(1, ledger.scanned)
        scanOutbox.bind(2, claim.last)
        defer { scanOutbox.reset() }
        for _ in 0..<Self.scannedRowsMax {
            guard claim.takesMore else { return }
            guard try scanOutbox.next() else {
                claim.isExhausted = true
                return
            }
            let row = scanOutbox.integer(0)
            guard row > ledger.scanned else {
                throw StorageError(.corrupt, "rows of the outbox are not in order; restore from a backup")
            }
            let profile = Profile.ID(uuid: try scanOutbox.uuid(1))
            let isHeld = try isHeld(profile, in: claim.range, ledger)
            if isHeld || ledger.isClaimed(row) {
                ledger.skip(row)
                continue
            }
            if ledger.mayGoOn(profile), !claim.take(try scanOutbox.outboxRow(of: claim.request.dataflow)) { return }
            _ = ledger.claimNext(row, of: profile)
        }
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
                switch (settlement.outcome, try leaving(settlement.row)) {
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

    /// What is entered of a row that leaves the outbox; nil when it has left.
    private func leaving(
        _ row: Int64
    ) throws(StorageError) -> (profile: Profile.ID, revision: Int64, audiences: [Audience.ID])? {
        let statement = statements.leaveOutbox
        statement.bind(1, row)
        defer { statement.reset() }
        guard try statement.next() else { return nil }
        return (Profile.ID(uuid: try statement.uuid(0)), try statement.count(1), try statement.audiences(2))
    }

    private func delete(_ row: Int64) throws(StorageError) {
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
        return try outboxInteger(statements.lastOutbox, tally) ?? 0
    }

    /// See ``Storage/firstRow(dataflow:)``.
    func firstRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64? {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return nil }
        return try outboxInteger(statements.firstOutbox, tally)
    }

    /// See ``Storage/books(dataflow:)``.
    func books(dataflow: Dataflow.ID) throws(StorageError) -> StoredBooks {
        guard let tally = tallies.dataflows[dataflow] else { return StoredBooks() }
        let oldest = tally.pendingRows > 0 ? try outboxInteger(statements.oldestOutbox, tally) : nil
        return StoredBooks(
            counters: tally.counters,
            pendingRows: tally.pendingRows,
            oldestPendingAt: oldest.map { Timestamp(milliseconds: $0) }
        )
    }

    private func outboxInteger(
        _ statement: Statement,
        _ tally: Tallies.DataflowTally
    ) throws(StorageError) -> Int64? {
        let range = RowSpace.outbox(ofDataflow: tally.number)
        statement.bind(1, range.lowerBound)
        statement.bind(2, range.upperBound)
        defer { statement.reset() }
        return try statement.next() ? statement.integer(0) : nil
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
