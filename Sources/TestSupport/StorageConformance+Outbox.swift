import ActivationCore
import ActivationEngine

extension StorageConformance {
    /// Stores some profiles and records in one plan, and enters the records as triggered.
    static func append(_ records: [OutboxRow], to storage: Subject) async throws {
        try await commit(to: storage) { plan in
            plan.outbox = records
            for record in records { plan.enterTriggered(record) }
        }
    }

    /// Checks that the books name these counts and that they balance with the rows.
    static func expectBooks(
        _ expected: DataflowCounters,
        in storage: Subject,
        dataflow: Int = 1,
        line: Int = #line
    ) async throws {
        let books = try await storage.books(dataflow: dataflowID(dataflow))
        try expectEqual(books.counters, expected, line: line)
        try expectEqual(books.pendingRows, expected.pending, "rows in the outbox:", line: line)
        let several = try await storage.books(of: [dataflowID(dataflow), dataflowID(9)])
        let counted = try await storage.countBooks(scope: scope)[dataflowID(dataflow)]
        try expectEqual(counted?.counters, books.counters, line: line)
        try expect(counted?.isBalanced == true, "counted: \(String(describing: counted))", line: line)
        try expectEqual(several, [dataflowID(dataflow): books, dataflowID(9): StoredBooks()], line: line)
    }

    static let outboxChecks: [Check] = [
        Check(name: "records come back whole and in the order of their commits") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 2, revision: 7), record("2", of: 1)], to: storage)
            try await append([record("3", of: 2, revision: 8)], to: storage)

            let rows = try await claim(try await factory.reopen(storage))

            try expectEqual(payloads(rows), ["1", "2", "3"])
            try expectEqual(rows.map(\.row), rows.map(\.row).sorted())
            try expectEqual(Set(rows.map(\.row)).count, 3, "different rows:")
            try expectEqual(rows.map(\.profile), [profileID(2), profileID(1), profileID(2)])
            try expectEqual(rows.map(\.revision), [7, 1, 8])
            try expectEqual(rows.map(\.partitionKey), ["key of 1", "key of 2", "key of 3"])
            for row in rows {
                try expectEqual(row.dataflow, dataflowID(1))
                try expectEqual(row.mergePolicy, record("1", of: 1).mergePolicy)
                try expectEqual(row.reasons, [.identity, .attribute])
                try expectEqual(row.admittedAt, Timestamp(milliseconds: 1_700_000_000_123))
            }
        },
        Check(name: "a claimed row is handed out once, until it is released") { factory in
            let storage = try await factory.make()
            try await append((1...5).map { record("\($0)", of: $0) }, to: storage)

            try expectEqual(payloads(try await claim(storage, limit: 2)), ["1", "2"])
            try expectEqual(payloads(try await claim(storage, limit: 2)), ["3", "4"])
            try await storage.releaseClaims(dataflow: dataflowID(1))
            try expectEqual(payloads(try await claim(storage)), ["1", "2", "3", "4", "5"])
            try expect(try await claim(storage).isEmpty, "a claimed row was handed out again")
        },
        Check(name: "claims vanish with the process, settled rows stay gone") { factory in
            let storage = try await factory.make()
            try await append((1...4).map { record("\($0)", of: $0) }, to: storage)
            let rows = try await claim(storage)
            try await settle([rows[1]], in: storage)

            let reopened = try await factory.reopen(storage)

            try expectEqual(payloads(try await claim(reopened)), ["1", "3", "4"])
            try await expectBooks(DataflowCounters(triggered: 4, delivered: 1), in: reopened)
        },
        Check(name: "dataflows have outboxes of their own") { factory in
            let storage = try await factory.make()
            try await append(
                [record("1", of: 1), record("2", of: 1, dataflow: 2), record("3", of: 1)],
                to: storage
            )

            let first = try await claim(storage)
            let second = try await claim(storage, dataflow: 2)
            try await settle(first, in: storage, dataflow: 2)
            try await settle(second, in: storage, dataflow: 2)

            try expectEqual(payloads(first), ["1", "3"])
            try expectEqual(payloads(second), ["2"])
            try await expectBooks(DataflowCounters(triggered: 2), in: storage)
            try await expectBooks(DataflowCounters(triggered: 1, delivered: 1), in: storage, dataflow: 2)
        },
        Check(name: "a parked row becomes a dead letter with its reason") { factory in
            let storage = try await factory.make()
            try await append((1...3).map { record("\($0)", of: $0) }, to: storage)
            let rows = try await claim(storage)
            try await settle([rows[0]], in: storage)
            let at = Timestamp(milliseconds: 99)
            try await settle([rows[2], rows[1]], in: storage, as: .parked(code: "TOO_LARGE", message: "why", at: at))

            let reopened = try await factory.reopen(storage)
            let letters = try await reopened.deadLetters(dataflow: dataflowID(1), limit: 10)

            try expectEqual(letters.map { text($0.record.payload) }, ["2", "3"])
            try expectEqual(letters.map(\.record.row), [rows[1].row, rows[2].row])
            for letter in letters {
                try expectEqual(letter.code, "TOO_LARGE")
                try expectEqual(letter.message, "why")
                try expectEqual(letter.parkedAt, at)
                try expectEqual(letter.record.partitionKey, "key of \(text(letter.record.payload))")
            }
            try expectEqual(try await reopened.deadLetters(dataflow: dataflowID(1), limit: 1).count, 1)
            for (row, rest) in [(rows[0].row, ["2", "3"]), (rows[1].row, ["3"]), (rows[2].row, []), (.max, [])] {
                let letters = try await reopened.deadLetters(dataflow: dataflowID(1), code: nil, after: row, limit: 9)
                try expectEqual(letters.map { text($0.record.payload) }, rest)
            }
            try expect(try await reopened.deadLetters(dataflow: dataflowID(2), limit: 9).isEmpty, "another's letters")
            try await expectBooks(DataflowCounters(triggered: 3, delivered: 1, parked: 2), in: reopened)
            try expect(try await claim(reopened).isEmpty, "a parked row was handed out")
        },
        Check(name: "a row leaves once, however often it is settled") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1), record("2", of: 2)], to: storage)
            let rows = try await claim(storage, limit: 1)

            try await settle(rows + rows, in: storage)
            try await settle(rows, in: storage, as: .parked(code: "c", message: "m", at: Timestamp(milliseconds: 1)))

            try await expectBooks(DataflowCounters(triggered: 2, delivered: 1), in: storage)
            try expect(try await storage.deadLetters(dataflow: dataflowID(1), limit: 9).isEmpty, "a letter appeared")
            try expectEqual(payloads(try await claim(storage)), ["2"])
        },
        Check(name: "a row delivered after its claim was released leaves too") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1), record("2", of: 1)], to: storage)
            let rows = try await claim(storage, perProfile: 1)
            try await storage.releaseClaims(dataflow: dataflowID(1))

            try await settle(rows, in: storage)

            try await expectBooks(DataflowCounters(triggered: 2, delivered: 1), in: storage)
            try expectEqual(payloads(try await claim(storage, perProfile: 1)), ["2"])
        },
        Check(name: "a deleted dataflow's rows are dropped and counted, claimed ones too") { factory in
            let storage = try await factory.make()
            try await append((1...5).map { record("\($0)", of: 1) } + [record("x", of: 1, dataflow: 2)], to: storage)
            let rows = try await claim(storage, limit: 2)

            try await storage.discardOutbox(dataflow: dataflowID(1))
            try await settle(rows, in: storage)

            try await expectBooks(DataflowCounters(triggered: 5, suppressedDeleted: 5), in: storage)
            try expect(try await claim(storage).isEmpty, "a dropped row was handed out")
            try await append([record("6", of: 1)], to: storage)
            try expectEqual(payloads(try await claim(storage)), ["6"])
            try expectEqual(payloads(try await claim(storage, dataflow: 2)), ["x"])
        },
        Check(name: "counters of a plan are added to the books") { factory in
            let storage = try await factory.make()
            let some = DataflowCounters(triggered: 6, superseded: 1, suppressedDisabled: 3, suppressedDeleted: 2)
            try await commit(to: storage) { $0.counters = [dataflowID(1): some] }
            try await commit(to: storage) { $0.counters = [dataflowID(1): DataflowCounters(suppressedDisabled: 1)] }

            var expected = some
            expected.suppressedDisabled += 1
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await reopened.books(dataflow: dataflowID(1)).counters, expected)
            try expectEqual(try await reopened.books(dataflow: dataflowID(2)).counters, DataflowCounters())
        },
    ]

    static let claimOrderChecks: [Check] = [
        Check(name: "one busy profile never fills the window") { factory in
            let storage = try await factory.make()
            try await append((1...50).map { record("busy \($0)", of: 1, revision: Int64($0)) }, to: storage)
            try await append([record("other", of: 2), record("busy 51", of: 1, revision: 51)], to: storage)

            let first = try await claim(storage, limit: 10, perProfile: 3)
            try expectEqual(payloads(first), ["busy 1", "busy 2", "busy 3", "other"])
            try expect(try await claim(storage, limit: 10, perProfile: 3).isEmpty, "the busy profile got a fourth row")
            try await settle([first[1]], in: storage)
            try expectEqual(payloads(try await claim(storage, limit: 10, perProfile: 3)), ["busy 4"])
            try await settle([first[0], first[2]], in: storage)
            try expectEqual(payloads(try await claim(storage, limit: 1, perProfile: 3)), ["busy 5"])
            try expectEqual(payloads(try await claim(storage, limit: 9, perProfile: 3)), ["busy 6"])
        },
        Check(name: "a profile's rows are handed out in order down to the last") { factory in
            let storage = try await factory.make()
            for round in 0..<10 {
                try await append(
                    (0..<12).map { record("\($0 % 3)-\(round)-\($0 / 3)", of: $0 % 3, revision: Int64(round)) },
                    to: storage
                )
            }

            var seen: [[String]] = [[], [], []]
            while true {
                let rows = try await claim(storage, limit: 5, perProfile: 2)
                if rows.isEmpty { break }
                try expectEqual(rows.map(\.row), rows.map(\.row).sorted())
                for row in rows {
                    for profile in 0..<3 where row.profile == profileID(profile) {
                        seen[profile].append(text(row.payload))
                    }
                }
                try await settle(rows, in: storage)
            }

            for profile in 0..<3 {
                let expected = (0..<10).flatMap { round in (0..<4).map { "\(profile)-\(round)-\($0)" } }
                try expectEqual(seen[profile], expected)
            }
        },
        Check(name: "the oldest rows of profiles that may go on again come first") { factory in
            let storage = try await factory.make()
            try await append(
                [
                    record("a1", of: 1), record("b1", of: 2), record("b2", of: 2), record("a2", of: 1),
                    record("c1", of: 3), record("a3", of: 1), record("b3", of: 2),
                ],
                to: storage
            )

            let first = try await claim(storage, limit: 3, perProfile: 1)
            try expectEqual(payloads(first), ["a1", "b1", "c1"])
            try await settle(first, in: storage)
            let second = try await claim(storage, limit: 1, perProfile: 1)
            try expectEqual(payloads(second), ["b2"])
            try await settle(second, in: storage)
            let third = try await claim(storage, limit: 9, perProfile: 1)
            try expectEqual(payloads(third), ["a2", "b3"])
        },
    ]
}

extension CommitPlan {
    /// Enters in the books that a record was triggered.
    mutating func enterTriggered(_ record: OutboxRow) {
        counters[record.dataflow, default: DataflowCounters()].triggered += 1
        guard !record.audiences.isEmpty else { return }
        audienceBooks[record.dataflow, default: AudienceBooks()]
            .enter(DataflowCounters(triggered: 1), of: record.audiences)
    }
}
