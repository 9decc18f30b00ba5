import ActivationCore
import ActivationEngine

extension StorageConformance {
    /// Takes back what waits of a profile for the first dataflow; its last record there is named "last".
    private static func withdraw(_ number: Int, in storage: Subject) async throws {
        try await commit(to: storage) { plan in
            plan.withdrawals = [CommitPlan.Withdrawal(profile: profileID(number), dataflow: dataflowID(1))]
            plan.outbox = [record("last", of: number, revision: 2)]
            plan.counters = [dataflowID(1): DataflowCounters(triggered: 1)]
        }
    }

    private static func storageWithTwo(_ factory: Factory) async throws -> Subject {
        let storage = try await factory.make()
        try await commit(to: storage) { plan in plan.profiles = [new(1), new(2)] }
        return storage
    }

    static let withdrawalChecks: [Check] = [
        Check(name: "what waits of a profile for a dataflow is taken back, and nothing else") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("b1", of: 2), record("a2", of: 1)], to: storage)
            try await append([record("c1", of: 1, dataflow: 2)], to: storage)

            try await withdraw(1, in: storage)

            let reopened = try await factory.reopen(storage)
            try await expectBooks(DataflowCounters(triggered: 4, suppressedDeleted: 2), in: reopened)
            try expectEqual(payloads(try await claim(reopened)), ["b1", "last"])
            try expectEqual(payloads(try await claim(reopened, dataflow: 2)), ["c1"])
            try expectEqual(try await profile(1, in: reopened).revision, 1)
        },
        Check(name: "a dead letter of a profile that a dataflow may not tell of is erased") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("b1", of: 2)], to: storage)
            try await storage.settle(
                dataflow: dataflowID(1),
                try await claim(storage).map { row in
                    OutboxSettlement(
                        row: row.row,
                        outcome: .parked(code: "X", message: "refused", at: Timestamp(milliseconds: 1))
                    )
                }
            )

            try await withdraw(1, in: storage)

            let letters = try await storage.deadLetters(dataflow: dataflowID(1), limit: 10)
            try expectEqual(payloads(letters.map(\.record)), ["b1"])
            try await expectBooks(DataflowCounters(triggered: 3, parked: 2, erased: 1), in: storage)
        },
        Check(name: "the last record waits for what is on its way, whoever the profile becomes one with") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 2)], to: storage)
            let inFlight = try await claim(storage)
            try await withdraw(2, in: storage)
            try await merge(2, into: 1, in: storage, record: false)

            try expect(try await claim(storage).isEmpty, "the last record overtook a1")
            try await expectBooks(DataflowCounters(triggered: 2, suppressedDeleted: 1), in: storage)
            try await settle(inFlight, in: storage)
            try await expectBooks(DataflowCounters(triggered: 2, delivered: 1), in: storage)
            try expectEqual(payloads(try await claim(storage)), ["last"])
        },
        Check(
            name:
                "a row that is taken back although somebody has it in hand is named, and its claim ends when it was not sent"
        ) {
            factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1)], to: storage)
            let inHand = try await claim(storage)
            try await append([record("a2", of: 1), record("b1", of: 2)], to: storage)
            var plan = CommitPlan(scope: .production)
            plan.withdrawals = [CommitPlan.Withdrawal(profile: profileID(1), dataflow: dataflowID(1))]
            plan.outbox = [record("last", of: 1, revision: 2)]
            plan.counters = [dataflowID(1): DataflowCounters(triggered: 1)]

            let named = try await storage.commit(plan)

            try expectEqual(named, [dataflowID(1): inHand.map(\.row)])
            let recalled = inHand.map { row in
                OutboxSettlement(
                    row: row.row,
                    outcome: .recalled,
                    receipt: OutboxSettlement.Receipt(
                        text: OutboxSettlement.unknownReceipt,
                        at: Timestamp(milliseconds: 9)
                    )
                )
            }
            try await storage.settle(dataflow: dataflowID(1), recalled)
            try await expectBooks(DataflowCounters(triggered: 4, suppressedDeleted: 2), in: storage)
            // What may have arrived is told of.
            let deliveries = try await storage.deliveries(of: profileID(1), scope: scope)
            try expectEqual(deliveries.map(\.receipt), [OutboxSettlement.unknownReceipt])
            try expectEqual(payloads(try await claim(storage, perProfile: 1)), ["b1", "last"])
        },
        Check(name: "rows of a deleted profile that somebody has in hand are named") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("b1", of: 2)], to: storage)
            let inHand = try await claim(storage)
            let gone = try await profile(1, in: storage)
            var plan = CommitPlan(scope: .production)
            plan.deletions = [
                CommitPlan.ProfileDeletion(
                    profile: gone,
                    survivor: gone.id,
                    deletedAt: Timestamp(milliseconds: 5)
                )
            ]

            let named = try await storage.commit(plan)

            try expectEqual(
                named,
                [dataflowID(1): inHand.filter { $0.profile == gone.id }.map(\.row)]
            )
        },
        Check(name: "what is taken back of a profile that is absorbed by the same plan is not the survivor's") {
            factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("b1", of: 2)], to: storage)
            var first = try await profile(1, in: storage)
            let second = try await profile(2, in: storage)
            first.revision = 2

            try await commit(to: storage) { [first] plan in
                plan.withdrawals = [CommitPlan.Withdrawal(profile: second.id, dataflow: dataflowID(1))]
                plan.merges = [CommitPlan.ProfileMerge(absorbed: second, survivor: first.id)]
                plan.profiles = [CommitPlan.ProfileWrite(profile: first, expectedRevision: 1)]
            }

            try expectEqual(payloads(try await claim(storage)), ["a1"])
        },
    ]
}
