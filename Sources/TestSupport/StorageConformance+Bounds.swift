import ActivationCore
import ActivationEngine

/// What a change of destination relies on: rows before a bound can be had alone, and rows only ever rise.
extension StorageConformance {
    private static func bounded(_ storage: Subject, through: Int64?, limit: Int = 100) async throws -> [OutboxRow] {
        let request = ClaimRequest(
            dataflow: dataflowID(1),
            limit: limit,
            limitPerProfile: 1,
            through: through
        )
        return try await storage.claim(request)
    }

    static let claimThroughChecks: [Check] = [
        Check(name: "a claim through a row leaves later rows alone, until it may have them") { factory in
            let storage = try await factory.make()
            try await append([record("a1", of: 1), record("b1", of: 2), record("a2", of: 1)], to: storage)
            let through = try await storage.lastRow(dataflow: dataflowID(1))
            try await append([record("a3", of: 1), record("c1", of: 3), record("b2", of: 2)], to: storage)

            var seen: [String] = []
            while true {
                let rows = try await bounded(storage, through: through)
                if rows.isEmpty { break }
                seen += payloads(rows)
                try await settle(rows, in: storage)
            }
            try expectEqual(seen, ["a1", "b1", "a2"])

            try await storage.releaseClaims(dataflow: dataflowID(1))
            try expectEqual(payloads(try await bounded(storage, through: nil)), ["a3", "c1", "b2"])
        },
        Check(name: "a profile passed over beyond the bound is not handed out") { factory in
            let storage = try await factory.make()
            try await append([record("a1", of: 1), record("a2", of: 1), record("b1", of: 2)], to: storage)
            let first = try await bounded(storage, through: nil, limit: 1)
            try expectEqual(payloads(try await bounded(storage, through: nil)), ["b1"])
            try await settle(first, in: storage)

            try expect(try await bounded(storage, through: first[0].row).isEmpty, "a2 is after the bound")
            try expectEqual(payloads(try await bounded(storage, through: nil)), ["a2"])
        },
        Check(name: "the first row that waits is known, claimed or not") { factory in
            let storage = try await factory.make()
            try expectEqual(try await storage.firstRow(dataflow: dataflowID(1)), nil)
            try await append([record("1", of: 1), record("x", of: 1, dataflow: 2), record("2", of: 2)], to: storage)
            let rows = try await claim(storage)

            try expectEqual(try await storage.firstRow(dataflow: dataflowID(1)), rows[0].row)
            try await settle([rows[0]], in: storage)
            try expectEqual(try await storage.firstRow(dataflow: dataflowID(1)), rows[1].row)
            try await settle([rows[1]], in: storage)
            try expectEqual(try await storage.firstRow(dataflow: dataflowID(1)), nil)
        },
        Check(name: "a row is never given out again, also when the outbox was empty at a restart") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1), record("2", of: 2)], to: storage)
            try await commit(to: storage) {
                $0.counters = [dataflowID(1): DataflowCounters(triggered: 3, suppressedDisabled: 3)]
            }
            let rows = try await claim(storage)
            try await settle(rows, in: storage)

            let reopened = try await factory.reopen(storage)
            try await append([record("3", of: 1)], to: reopened)

            let last = try await reopened.lastRow(dataflow: dataflowID(1))
            try expect(last > rows[1].row, "row \(last) follows row \(rows[1].row)")
        },
    ]
}
