import ActivationCore
import ActivationEngine

extension StorageConformance {
    /// Claims in small steps, settling what comes, until nothing comes any more.
    private static func drain(_ storage: Subject, perProfile: Int = 1) async throws -> [String] {
        var seen: [String] = []
        while true {
            let rows = try await claim(storage, limit: 2, perProfile: perProfile)
            if rows.isEmpty { return seen }
            seen += payloads(rows)
            try await settle(rows, in: storage)
        }
    }

    static let claimBoundChecks: [Check] = [
        Check(name: "a claim ends before the row that is too many bytes, but always gives one") { factory in
            let storage = try await factory.make()
            try await append(["aaaa", "bbbb", "cccccccccc", "dd", "e"].map { record($0, of: 1) }, to: storage)

            try expectEqual(payloads(try await claim(storage, bytesMax: 9)), ["aaaa", "bbbb"])
            try expectEqual(payloads(try await claim(storage, bytesMax: 9)), ["cccccccccc"])
            try expectEqual(payloads(try await claim(storage, bytesMax: 0)), ["dd"])
            try expectEqual(payloads(try await claim(storage, bytesMax: 1)), ["e"])
            try expect(try await claim(storage, bytesMax: 1).isEmpty, "a row came twice")
        },
        Check(name: "rows that were left for their bytes keep their order among passed over ones") { factory in
            let storage = try await factory.make()
            try await append(
                [
                    record("a1", of: 1), record("a2--------", of: 1), record("b1--------", of: 2), record("a3", of: 1),
                    record("c1", of: 3),
                ],
                to: storage
            )
            let first = try await claim(storage, perProfile: 1, bytesMax: 5)
            try expectEqual(payloads(first), ["a1"])
            try await settle(first, in: storage)

            let second = try await claim(storage, perProfile: 1, bytesMax: 15)
            try expectEqual(payloads(second), ["a2--------"])
            try await settle(second, in: storage)
            try expectEqual(payloads(try await claim(storage, perProfile: 1)), ["b1--------", "a3", "c1"])
        },
        Check(name: "lanes come back, and rows of one profile keep their order across them") { factory in
            let storage = try await factory.make()
            try await append(
                [
                    record("1", of: 1, lane: .backfill), record("2", of: 1), record("3", of: 1, lane: .replay),
                    record("4", of: 1),
                ],
                to: storage
            )

            let rows = try await claim(try await factory.reopen(storage))
            try expectEqual(payloads(rows), ["1", "2", "3", "4"])
            try expectEqual(rows.map(\.lane), [.backfill, .live, .replay, .live])
        },
        Check(name: "a dead letter keeps its lane") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1, lane: .replay), record("2", of: 1)], to: storage)
            let parked = OutboxSettlement.Outcome.parked(code: "c", message: "m", at: Timestamp(milliseconds: 1))
            try await settle(try await claim(storage), in: storage, as: parked)

            let letters = try await factory.reopen(storage).deadLetters(dataflow: dataflowID(1), limit: 9)
            try expectEqual(letters.map(\.record.lane), [.replay, .live])
        },
        Check(name: "the books know when the oldest waiting row was admitted, and the outbox its last row") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1, at: 50), record("2", of: 2, at: 40)], to: storage)
            let rows = try await claim(storage)
            func oldest() async throws -> Timestamp? {
                let books = try await storage.books(dataflow: dataflowID(1))
                return books.oldestPendingAt
            }

            try expectEqual(try await oldest(), Timestamp(milliseconds: 50))
            try expectEqual(try await storage.lastRow(dataflow: dataflowID(1)), rows[1].row)
            try await settle([rows[0]], in: storage)
            try expectEqual(try await oldest(), Timestamp(milliseconds: 40))
            try await settle([rows[1]], in: storage)
            try expectEqual(try await oldest(), nil)
            try expectEqual(try await storage.lastRow(dataflow: dataflowID(1)), 0)
            try await append([record("x", of: 1, dataflow: 2)], to: storage)
            try expectEqual(try await storage.lastRow(dataflow: dataflowID(1)), 0)
        },
    ]

    static let claimHoldChecks: [Check] = [
        Check(name: "a held profile waits with all its rows, others go on") { factory in
            let storage = try await factory.make()
            try await append([record("a1", of: 1), record("b1", of: 2)], to: storage)
            let hold = try await storage.lastRow(dataflow: dataflowID(1))
            try await append([record("a2", of: 1), record("c1", of: 3), record("b2", of: 2)], to: storage)

            let others = try await claim(storage, holdingThrough: hold)
            try expectEqual(payloads(others), ["c1"])
            try expect(try await claim(storage, holdingThrough: hold).isEmpty, "a row came twice")
            try await append([record("c2", of: 3), record("a3", of: 1)], to: storage)
            try expectEqual(payloads(try await claim(storage, holdingThrough: hold)), ["c2"])

            try expectEqual(payloads(try await claim(storage)), ["a1", "b1", "a2", "b2", "a3"])
            try expect(try await claim(storage).isEmpty, "a row came twice after the hold")
        },
        Check(name: "after a hold every row comes, in order") { factory in
            let storage = try await factory.make()
            try await append((0..<6).map { record("\($0 % 3)-\($0 / 3)", of: $0 % 3) }, to: storage)
            let hold = try await storage.lastRow(dataflow: dataflowID(1))
            try await append((6..<18).map { record("\($0 % 4)-\($0 / 3)", of: $0 % 4) }, to: storage)
            let free = try await claim(storage, limit: 2, perProfile: 1, holdingThrough: hold)
            try expectEqual(free.map(\.profile), [profileID(3)])
            try await settle(free, in: storage)

            let rest = try await drain(storage)

            try expectEqual((rest + payloads(free)).count, 18)
            try expectEqual(Set(rest + payloads(free)).count, 18)
            for number in 0..<4 {
                let own = rest.filter { $0.hasPrefix("\(number)-") }
                try expectEqual(own, own.sorted { (Int($0.dropFirst(2)) ?? 0) < (Int($1.dropFirst(2)) ?? 0) })
            }
        },
        Check(name: "a profile whose held rows have left goes on") { factory in
            let storage = try await factory.make()
            try await append([record("a1", of: 1), record("b1", of: 2)], to: storage)
            let late = try await claim(storage)
            try await storage.releaseClaims(dataflow: dataflowID(1))
            let hold = try await storage.lastRow(dataflow: dataflowID(1))
            try await append([record("a2", of: 1), record("b2", of: 2)], to: storage)
            try expect(try await claim(storage, holdingThrough: hold).isEmpty, "a held row came")

            try await settle([late[0]], in: storage)

            try expectEqual(payloads(try await claim(storage, holdingThrough: hold)), ["a2"])
            try expectEqual(payloads(try await claim(storage)), ["b1", "b2"])
        },
        Check(name: "a hold passes over to the survivor of a merge") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
            try await append([record("b1", of: 2)], to: storage)
            let hold = try await storage.lastRow(dataflow: dataflowID(1))
            try await append([record("a1", of: 1), record("b2", of: 2)], to: storage)
            try expectEqual(payloads(try await claim(storage, perProfile: 1, holdingThrough: hold)), ["a1"])
            try await append([record("a2", of: 1)], to: storage)

            try await merge(2, into: 1, in: storage)

            try expect(try await claim(storage, holdingThrough: hold).isEmpty, "the survivor was not held")
            let rows = try await claim(storage)
            try expectEqual(payloads(rows), ["b1", "b2", "a2", "merge"])
        },
        Check(name: "claims that were made before a hold stay claimed") { factory in
            let storage = try await factory.make()
            try await append([record("a1", of: 1), record("b1", of: 2), record("b2", of: 2)], to: storage)
            let before = try await claim(storage, perProfile: 1)
            let hold = try await storage.lastRow(dataflow: dataflowID(1))
            try await append([record("c1", of: 3)], to: storage)

            try expectEqual(payloads(try await claim(storage, holdingThrough: hold)), ["c1"])
            try await settle(before, in: storage)
            try expectEqual(payloads(try await claim(storage)), ["b2"])
        },
        Check(name: "a hold through nothing holds nobody, and one may follow another") { factory in
            let storage = try await factory.make()
            try await append([record("a1", of: 1)], to: storage)
            let first = try await claim(storage, holdingThrough: 0)
            try expectEqual(payloads(first), ["a1"])
            try await append([record("a2", of: 1), record("b1", of: 2)], to: storage)

            try expect(try await claim(storage, holdingThrough: Int64.max).isEmpty, "a held row came")
            let all = try await storage.lastRow(dataflow: dataflowID(1))
            try await append([record("c1", of: 3)], to: storage)
            try expectEqual(payloads(try await claim(storage, holdingThrough: all)), ["c1"])
            try expectEqual(payloads(try await claim(storage, holdingThrough: first[0].row)), ["b1"])
            try await settle(first, in: storage)
            try expectEqual(payloads(try await claim(storage, holdingThrough: first[0].row)), ["a2"])
        },
    ]
}
