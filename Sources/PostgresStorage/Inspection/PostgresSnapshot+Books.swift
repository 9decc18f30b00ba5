#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

extension PostgresSnapshot {
    /// Rows of one kind that are numbered by a lane, dataflow by dataflow.
    private struct NumberedRows {
        var counts: [Int32: Int64] = [:]
        /// Groups of rows whose numbers are another lane's, or were never given.
        var beyond: Int64 = 0
        var all: Int64 { counts.values.reduce(0, &+) }

        /// How many are of dataflows that there never were.
        func strays(_ known: Set<Int32>) -> Int64 {
            counts.reduce(0) { known.contains($1.key) ? $0 : $0 &+ $1.value }
        }
    }

    /// The books of a dataflow.
    private struct Account {
        var rows: Int64
        var counters: DataflowCounters
    }

    /// The last numbers that lanes have given to records.
    private func givenNumbers() throws(StorageError) -> [Int16: Int64] {
        let lanes = try rows(PostgresStatements.lanes)
        var given: [Int16: Int64] = [:]
        for index in 0..<lanes.count { given[try lanes.int2(index, 0)] = try lanes.int8(index, 1) }
        return given
    }

    private static func wasGiven(_ row: Int64, by lane: Int16, _ given: [Int16: Int64]) -> Bool {
        row >> 48 == Int64(lane) && row & (1 << 48 - 1) <= given[lane] ?? -1
    }

    /// Reads rows by lane, dataflow, count, least and greatest number.
    private func numbered(
        _ statement: PostgresStatement,
        _ given: [Int16: Int64]
    ) throws(StorageError) -> NumberedRows {
        let found = try rows(statement)
        var numbered = NumberedRows()
        for index in 0..<found.count {
            let (lane, dataflow) = (try found.int2(index, 0), try found.int4(index, 1))
            numbered.counts[dataflow, default: 0] &+= try found.int8(index, 2)
            let ends = [try found.int8(index, 3), try found.int8(index, 4)]
            if !ends.allSatisfy({ Self.wasGiven($0, by: lane, given) }) { numbered.beyond += 1 }
        }
        return numbered
    }

    private func knownDataflows() throws(StorageError) -> Set<Int32> {
        let found = try rows(PostgresStatements.dataflows)
        var numbers: Set<Int32> = []
        for index in 0..<found.count { numbers.insert(try found.int4(index, 0)) }
        return numbers
    }

    /// Compares what waits and what was parked with the books.
    func bookFindings() throws(StorageError) -> [StoreFinding] {
        let given = try givenNumbers()
        let known = try knownDataflows()
        let outbox = try numbered(PostgresStatements.inspectedOutbox, given)
        let letters = try numbered(PostgresStatements.inspectedDeadLetters, given)
        let books = try rows(PostgresStatements.inspectedBooks)
        var accounts: [Int32: Account] = [:]
        var impossible: Int64 = 0
        for index in 0..<books.count {
            let dataflow = try books.int4(index, 0)
            guard let counters = try? books.counters(index, from: 2), let rows = try? books.part(index, 1) else {
                impossible += 1
                continue
            }
            accounts[dataflow] = Account(rows: rows, counters: counters)
        }
        func count(_ isWrong: (Int32) -> Bool) -> Int64 { Int64(known.lazy.filter(isWrong).count) }
        let advice =
            Self.restoreAdvice + "; until then the dataflows go on, and their figures are wrong by the difference"
        return [
            .of(
                "outbox",
                tried: "records that wait, by the books and in the outbox",
                wrong: [
                    (
                        count { (accounts[$0]?.counters.pending ?? 0) != outbox.counts[$0] ?? 0 },
                        "of \(known.count) dataflows have other books than rows"
                    ),
                    (
                        count { (accounts[$0]?.rows ?? 0) != outbox.counts[$0] ?? 0 },
                        "of \(known.count) dataflows have other counts of rows than rows"
                    ),
                    (outbox.strays(known), "records of no dataflow"),
                    (outbox.beyond, "dataflows have records with numbers that were never given"),
                    (Int64(accounts.keys.lazy.filter { !known.contains($0) }.count), "books of no dataflow"),
                    (impossible, "books hold counts that cannot be"),
                ],
                right:
                    "\(outbox.all) records of \(known.count) dataflows; triggered = delivered + superseded + suppressed "
                    + "+ parked + pending",
                advice: advice
            ),
            .of(
                "deadLetters",
                tried: "dead letters, by the books and in the store",
                wrong: [
                    (
                        count { (accounts[$0]?.counters.deadLetters ?? 0) != letters.counts[$0] ?? 0 },
                        "of \(known.count) dataflows have other books than dead letters"
                    ),
                    (letters.strays(known), "dead letters of no dataflow"),
                    (letters.beyond, "dataflows have dead letters with numbers that were never given"),
                ],
                right: "\(letters.all) dead letters of \(known.count) dataflows, as booked",
                advice: advice
            ),
        ]
    }

    /// Looks at the ledger of deliveries, and at whose they are.
    func ledgerFinding() throws(StorageError) -> StoreFinding {
        let given = try givenNumbers()
        let known = try knownDataflows()
        let found = try rows(PostgresStatements.inspectedDeliveries)
        var (all, strays, beyond): (Int64, Int64, Int64) = (0, 0, 0)
        for index in 0..<found.count {
            let count = try found.int8(index, 1)
            all &+= count
            if !known.contains(try found.int4(index, 0)) { strays &+= count }
            for row in [try found.int8(index, 2), try found.int8(index, 3)] {
                guard let lane = Int16(exactly: row >> 48), Self.wasGiven(row, by: lane, given) else {
                    beyond += 1
                    break
                }
            }
        }
        let own = try rows(PostgresStatements.ownHeirs).int8(0, 0)
        let erasures = try rows(PostgresStatements.lastErasure)
        let last = try erasures.optionalInt8(0, 0) ?? 0
        // Deletions count with the first lane's records.
        let isBeyond = last < 0 || last > given[0] ?? 0
        return .of(
            "ledger",
            tried: "what was delivered",
            wrong: [
                (strays, "of \(all) deliveries are of no dataflow"),
                (beyond, "dataflows have deliveries with numbers that were never given"),
                (own, "profiles are said to have gone over into themselves"),
                (isBeyond ? 1 : 0, "deletion has a number that was never given"),
            ],
            right: "\(all) deliveries",
            advice: Self.restoreAdvice
                + "; until then what is told of deliveries is incomplete, and everything else goes on"
        )
    }

    /// Looks at what is to be made up for when dataflows run again.
    func marksFinding() throws(StorageError) -> StoreFinding {
        let found = try rows(PostgresStatements.inspectedMarks)
        let all = try found.int8(0, 0)
        return .of(
            "marks",
            tried: "what is to be made up for when dataflows run again",
            wrong: [(try found.int8(0, 1), "of \(all) are of no dataflow")],
            right: "\(all) profiles and policies",
            advice: Self.restoreAdvice
        )
    }

    /// Looks at the counters of audiences.
    func membersFinding() throws(StorageError) -> StoreFinding {
        let found = try rows(PostgresStatements.memberCounts, scope, .null)
        var (all, negative): (Int64, Int64) = (0, 0)
        for index in 0..<found.count {
            let (entered, exited) = (try found.int8(index, 1), try found.int8(index, 2))
            if try Audience.ID(uuid: found.uuid(index, 0)) != .all { all += 1 }
            if exited > entered || exited < 0 { negative += 1 }
        }
        return .of(
            "members",
            tried: "counters of audiences",
            wrong: [(negative, "of \(all) audiences were left by more than entered")],
            right: "\(all) audiences, none left by more than entered",
            advice: Self.restoreAdvice
        )
    }
}
#endif
