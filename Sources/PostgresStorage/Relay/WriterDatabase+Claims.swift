#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

extension WriterDatabase {
    /// Rows looked at in one step of a claim, or dropped in one step: bounds the time that others wait for it.
    static let scannedRowsMax = 20_000
    /// Rows read at once, which may hold a MiB each.
    private static let pageRows = 500

    /// A step of a claim.
    struct ClaimStep: Sendable {
        /// What was claimed.
        var rows: [OutboxRow] = []
        /// Whether every row was looked at, so that another step would find nothing more.
        var isLast = false
    }

    /// The rows that a lane can have; 0 is none.
    static func rows(ofLane lane: Int16) -> ClosedRange<Int64> {
        Int64(lane) << 48...(Int64(lane) + 1) << 48 - 1
    }

    /// See ``Storage/claim(_:)``; nothing claimed and not the last step = more rows have to be looked at.
    func claimStep(_ request: ClaimRequest) throws(StorageError) -> ClaimStep {
        // What another process claims is not sent by this one too.
        try makeSureOfPlace()
        try makeSureOfNumbers()
        guard let dataflow = try numbered(request.dataflow), request.limit > 0 else {
            return ClaimStep(isLast: true)
        }
        let last = try ensureReach()
        let range = Self.rows(ofLane: 0).lowerBound...reach.through
        let rows = ServerRows(
            connection: connection,
            dataflow: request.dataflow,
            number: dataflow.number,
            lane: 0,
            limit: max(min(request.limit, Self.pageRows), 16)
        )
        return try shared.withLedgers { ledgers throws(StorageError) in
            var ledger = ledgers.removeValue(forKey: request.dataflow) ?? ClaimLedger(before: range.lowerBound)
            defer { ledgers[request.dataflow] = ledger }
            // One state of the database: nobody's records become another's between what is read of both, and whoever leads next finds
            // each record that is read here when it asks for the last one.
            let start = [PostgresCall(PostgresStatements.beginReading), placeCall]
            defer { connection.rollBack() }
            guard try connection.run(start).last?.count == 1 else { throw loseClaims() }
            try follow(&ledger)
            var claim = Claim(request, in: range, from: rows, scannedRowsMax: Self.scannedRowsMax)
            try claim.run(&ledger)
            // The ledger may have looked beyond the last record that there was, and claimed some that have come since.
            seen = claim.rows.reduce(max(seen, min(ledger.scanned, last))) { max($0, $1.row) }
            return ClaimStep(rows: claim.rows, isLast: claim.isExhausted)
        }
    }

    /// Makes sure that whoever claims next will know of all records that there are now that they may be in hand.
    ///
    /// - Returns: The last record that there is; whoever makes later ones tells of them.
    @discardableResult
    func ensureReach() throws(StorageError) -> Int64 {
        let numbers = try connection.run(PostgresCall(PostgresStatements.lanes))
        let last = numbers.count == 0 ? 0 : try numbers.tally(0, 1)
        var raised = reach
        if raised.raise(over: last, at: .now) {
            try transaction { () throws(StorageError) in
                // Whoever claims by now has taken over what was said before.
                try holdClaims()
                _ = try run(PostgresStatements.raiseReach, .int8(raised.through))
                return ((), try Change(in: .production))
            }
            reach = raised
        }
        return last
    }

    /// Does the same where nobody claims for a while, since the destination is slow.
    func noteReach() throws(StorageError) {
        try makeSureOfPlace()
        try ensureReach()
    }

    /// Makes sure that a database to which the connection is a new one has all the records that were claimed over the one before: those of
    /// other nodes too, whose loss this one would not notice by its own.
    private func makeSureOfNumbers() throws(StorageError) {
        guard connection.generation != claimedOver else { return }
        let numbers = try connection.run(PostgresCall(PostgresStatements.lanes))
        let last = numbers.count == 0 ? 0 : try numbers.tally(0, 1)
        guard seen <= Self.rows(ofLane: 0).lowerBound | last else {
            throw lose(
                "the database is back without record \(seen), which it had acknowledged; its last one is \(last): a standby without it "
                    + "was promoted, or an older copy restored"
            )
        }
        claimedOver = connection.generation
    }

    /// Tells who has records in hand whose have become another's since, whichever process made them so.
    private func follow(_ ledger: inout ClaimLedger) throws(StorageError) {
        while true {
            let news = try connection.run(
                PostgresCall(
                    PostgresStatements.rekeyedAfter,
                    .int2(0),
                    .int8(ledger.followed),
                    .int8(Int64(Self.scannedRowsMax))
                )
            )
            for index in 0..<news.count {
                let (absorbed, survivor) = (try news.uuid(index, 1), try news.uuid(index, 2))
                ledger.rekey(Profile.ID(uuid: absorbed), to: Profile.ID(uuid: survivor))
                ledger.followed = try news.int8(index, 0)
            }
            if news.count < Self.scannedRowsMax { return }
        }
    }

    /// Up to where nobody has to be told any more whose records became another's; nil = another process claims, and knows.
    func followed() throws(StorageError) -> Int64? {
        // Held until the transaction ends, so that nobody else begins to claim meanwhile.
        guard try holdsClaims() else { return nil }
        // Read before: who has nothing in hand after that finds records as what was noted made them.
        let last = try run(PostgresStatements.lastRekeyed, .int2(0)).optionalInt8(0, 0) ?? 0
        return try shared.withLedgers { ledgers throws(StorageError) in
            ledgers.values.lazy.filter { !$0.isIdle }.map(\.followed).min().map { min($0, last) } ?? last
        }
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    func releaseClaims(dataflow: Dataflow.ID) throws(StorageError) {
        try shared.withLedgers { ledgers throws(StorageError) in ledgers[dataflow] = nil }
    }

    /// See ``Storage/settle(dataflow:_:)``.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) throws(StorageError) {
        guard !settlements.isEmpty, let known = try numbered(dataflow) else { return }
        try makeReady()
        try makeSureOfNumbers()
        try shared.withLedgers { ledgers throws(StorageError) in
            let ledger = ledgers[dataflow]
            try transaction { () throws(StorageError) in
                // Whoever claims by now may send them again, and counts what becomes of that.
                try holdClaims()
                return ((), try change(of: known, settlements, ledger))
            }
            ledgers[dataflow]?.settle(settlements.lazy.map(\.row))
        }
    }

    /// What settlements do; of two of one row the first counts.
    private func change(
        of dataflow: SharedState.NumberedDataflow,
        _ settlements: [OutboxSettlement],
        _ ledger: ClaimLedger?
    ) throws(StorageError) -> Change {
        // Whoever is parked has to be copied first, and who is recalled may still wait.
        let areDelivered = settlements.allSatisfy { if case .delivered = $0.outcome { true } else { false } }
        var settlement = Settlement(dataflow.number, haveLeft: areDelivered)
        let statement = areDelivered ? PostgresStatements.takeOutbox : PostgresStatements.lockOutbox
        let runs = RowRuns(of: settlements.map(\.row))
        var waiting: [Int64: Settlement.Waiting] = [:]
        for rows in try run(runs.calls(statement, .int2(0), .int4(dataflow.number))) {
            for index in 0..<rows.count {
                waiting[try rows.int8(index, 0)] = Settlement.Waiting(
                    profile: Profile.ID(uuid: try rows.uuid(index, 1)),
                    revision: try rows.tally(index, 2),
                    audiences: try rows.audiences(index, 3)
                )
            }
        }
        var change = try Change(in: dataflow.scope, at: settlements.lazy.compactMap(\.at).max())
        var seen = Set<Int64>()
        for end in settlements where seen.insert(end.row).inserted {
            settlement.enter(end, waiting[end.row], ledger, keepsLedger: options.ledgerDays > 0, &change)
        }
        settlement.write(&change)
        return change
    }

    // MARK: Dropping

    /// See ``Storage/discardSome(of:)``.
    func discardSome(of dataflow: Dataflow.ID) throws(StorageError) -> Int {
        guard let known = try numbered(dataflow) else { return 0 }
        let dropped = try shared.withLedgers { ledgers throws(StorageError) in
            let dropped = try transaction { () throws(StorageError) in
                let rows = try run(
                    PostgresStatements.discardOutbox,
                    .int2(0),
                    .int4(known.number),
                    .int8(Int64(Self.scannedRowsMax))
                )
                var change = try Change(in: known.scope)
                for index in 0..<rows.count {
                    change.enter(
                        DataflowCounters(suppressedDeleted: 1),
                        rows: -1,
                        of: try rows.audiences(index, 0),
                        dataflow: known.number
                    )
                }
                return (rows.count, change)
            }
            // Claims of rows that are gone would hold back what comes next.
            if dropped > 0 { ledgers[dataflow] = nil }
            return dropped
        }
        if dropped > 0 { return dropped }
        let marks = try dropSomeMarks(of: dataflow)
        return marks > 0 ? marks : try forgetHours(of: known)
    }

    /// See ``Storage/dropSomeMarks(of:)``.
    func dropSomeMarks(of dataflow: Dataflow.ID) throws(StorageError) -> Int {
        guard let known = try numbered(dataflow) else { return 0 }
        return try transaction { () throws(StorageError) in
            let limit = PostgresValue.int8(Int64(Self.scannedRowsMax))
            let rows = try run(PostgresStatements.dropMarks, .int4(known.number), limit)
            return (rows.affected, try Change(in: known.scope))
        }
    }
}
#endif
