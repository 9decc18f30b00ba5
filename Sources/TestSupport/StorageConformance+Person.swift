import ActivationCore
import ActivationEngine

extension StorageConformance {
    private static func request(
        _ profile: Int,
        after row: Int64 = 0,
        limit: Int = 100,
        bytesMax: Int = .max,
        scope: Scope = scope
    ) -> RecordsRequest {
        RecordsRequest(profile: profileID(profile), scope: scope, after: row, limit: limit, bytesMax: bytesMax)
    }

    private static func mark(_ dataflow: Int, _ profile: Int) -> ResumeMark.Key {
        ResumeMark.Key(
            dataflow: dataflowID(dataflow),
            profile: profileID(profile),
            mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4))
        )
    }

    private static func storageWithRecords(_ factory: Factory) async throws -> Subject {
        let storage = try await factory.make()
        try await commit(to: storage) { plan in
            plan.profiles = [new(1), new(2)]
            plan.outbox = [
                record("a1", of: 1), record("b1", of: 2), record("a2", of: 1, dataflow: 2), record("a3", of: 1),
            ]
            plan.counters = [
                dataflowID(1): DataflowCounters(triggered: 3), dataflowID(2): DataflowCounters(triggered: 1),
            ]
        }
        return storage
    }

    static let personChecks: [Check] = [
        Check(name: "what waits of one profile is shown whole, whichever dataflow and whether claimed or not") {
            factory in
            let storage = try await storageWithRecords(factory)
            _ = try await claim(storage, limit: 1)

            let found = try await storage.waitingRecords(request(1))
            try expectEqual(Set(payloads(found)), ["a1", "a2", "a3"])
            try expectEqual(found.map(\.row), found.map(\.row).sorted())
            try expectEqual(Set(found.map(\.dataflow)), [dataflowID(1), dataflowID(2)])
            try expectEqual(found.first { text($0.payload) == "a2" }?.partitionKey, "key of a2")
            try expectEqual(payloads(try await storage.waitingRecords(request(1, scope: otherScope))), [])
            try expectEqual(payloads(try await storage.waitingRecords(request(3))), [])
        },
        Check(name: "what waits of a profile comes page by page, by number and by bytes, one record at least") {
            factory in
            let storage = try await storageWithRecords(factory)
            for (limit, bytesMax, size) in [(2, Int.max, 2), (9, 3, 2), (9, 1, 1)] {
                var found: [OutboxRow] = []
                while true {
                    let page = try await storage.waitingRecords(
                        request(1, after: found.last?.row ?? 0, limit: limit, bytesMax: bytesMax)
                    )
                    if page.isEmpty { break }
                    try expect(page.count <= size, "\(page.count) of at most \(size)")
                    found += page
                }
                try expectEqual(Set(payloads(found)), ["a1", "a2", "a3"])
                try expectEqual(found.count, 3)
            }
        },
        Check(name: "dead letters of one profile are shown with their reasons, page by page") { factory in
            let storage = try await storageWithRecords(factory)
            try await settle(
                try await claim(storage),
                in: storage,
                as: .parked(code: "X", message: "refused", at: Timestamp(milliseconds: 5))
            )

            let first = try await storage.deadLetters(request(1, limit: 1))
            let rest = try await storage.deadLetters(request(1, after: first.last?.record.row ?? 0))
            try expectEqual(payloads((first + rest).map(\.record)), ["a1", "a3"])
            try expectEqual(first.map(\.code), ["X"])
            try expectEqual(first.map(\.parkedAt), [Timestamp(milliseconds: 5)])
            try expectEqual(payloads(try await storage.waitingRecords(request(1))), ["a2"])
        },
        Check(name: "what was left undone of one profile is shown, by dataflow") { factory in
            let storage = try await storageWithRecords(factory)
            try await commit(to: storage) { plan in
                plan.profiles = []
                plan.marks = [mark(2, 1): .attribute, mark(1, 1): [.membership, .identity], mark(1, 2): .identity]
            }

            let marks = try await storage.marks(of: profileID(1), scope: scope)
            try expectEqual(marks.map(\.key), [mark(1, 1), mark(2, 1)])
            try expectEqual(marks.map(\.reasons), [[.membership, .identity], .attribute])
            try expectEqual(try await storage.marks(of: profileID(1), scope: otherScope), [])
        },
        Check(name: "what was delivered of one profile comes page by page") { factory in
            let storage = try await storageWithRecords(factory)
            let rows = try await claim(storage)
            // At one instant and before it, so that both parts of a place count.
            for (row, instant) in zip(rows, [2_000, 2_000, 1_000] as [Int64]) {
                let receipt = OutboxSettlement.Receipt(
                    text: text(row.payload),
                    at: Timestamp(milliseconds: 1_700_000_000_000 + instant)
                )
                try await storage.settle(
                    dataflow: dataflowID(1),
                    [OutboxSettlement(row: row.row, outcome: .delivered, receipt: receipt)]
                )
            }

            var found: [Delivery] = []
            for _ in 0..<3 {
                let last = found.last.map { ($0.deliveredAt, $0.row) } ?? (Timestamp(milliseconds: .min), 0)
                found += try await storage.deliveries(of: profileID(1), scope: scope, after: last, limit: 1)
            }
            try expectEqual(found.map(\.receipt), ["a3", "a1"])
            try expectEqual(try await storage.deliveries(of: profileID(1), scope: scope), found)
        },
    ]
}
