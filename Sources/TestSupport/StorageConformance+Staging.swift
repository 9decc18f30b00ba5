import ActivationCore
import ActivationEngine

extension StorageConformance {
    private static func stage(
        _ storage: Subject,
        _ fill: (inout CommitPlan) -> Void
    ) async throws -> StagedCommit {
        var plan = CommitPlan(scope: scope)
        fill(&plan)
        return try await storage.stage(plan)
    }

    private static func stored(_ numbers: ClosedRange<Int>, in storage: Subject) async throws -> [Int] {
        var request = LoadRequest(scope: scope)
        request.profiles = numbers.map(profileID)
        let ids = Set(try await storage.load(request).profiles.map(\.id))
        return numbers.filter { ids.contains(profileID($0)) }
    }

    static let stagingChecks: [Check] = [
        Check(name: "what is staged is read, and the next plan is staged upon it") { factory in
            let storage = try await factory.make()
            let first = try await stage(storage) { plan in
                plan.profiles = [new(1)]
                plan.identities = [CommitPlan.IdentityWrite(identity: email("a"), profile: profileID(1))]
                plan.events = [
                    CommitPlan.EventWrite(
                        profile: profileID(1),
                        id: "e",
                        timestamp: Timestamp(milliseconds: 1),
                        dataset: 1,
                        body: Array("{}".utf8)
                    )
                ]
                plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "crm")]
            }
            let staged = try await profile(1, in: storage)
            var events = EventRequest()
            events.items = [EventRequest.Item(row: staged.row, extent: .whole)]
            try expectEqual(try await storage.loadEvents(events).first?.events?.map(\.id), ["e"])
            try expectEqual(try await storage.dictionaries(scope: scope).datasets.count, 1)

            let second = try await stage(storage) { $0.profiles = [changed(staged, value: "second")] }
            try expectEqual(text(try await profile(1, in: storage).value), "second")
            try await first.durable()
            try await second.durable()

            let reopened = try await factory.reopen(storage)
            try expectEqual(text(try await profile(1, in: reopened).value), "second")
        },
        Check(name: "rows of a staged plan are claimed when it is durable, in order, each once") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1)], to: storage)
            let staged = try await stage(storage) { plan in
                plan.outbox = [record("2", of: 1, revision: 2), record("3", of: 2)]
                plan.counters[dataflowID(1)] = DataflowCounters(triggered: 2)
            }
            let early = payloads(try await claim(storage))
            // A storage may be quick.
            try expect(early == ["1"] || early == ["1", "2", "3"], "\(early) were claimed")
            try expectEqual(try await storage.books(dataflow: dataflowID(1)).counters.triggered, 3)
            try await staged.durable()
            try expectEqual(early + payloads(try await claim(storage)), ["1", "2", "3"])
        },
        Check(name: "what is durable makes durable what was staged before it, however often one asks") { factory in
            let storage = try await factory.make()
            let first = try await stage(storage) { $0.profiles = [new(1)] }
            let second = try await stage(storage) { $0.profiles = [new(2)] }
            try await second.durable()
            try await second.durable()
            try await first.durable()
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await stored(1...2, in: reopened), [1, 2])
        },
        Check(name: "a commit after staged plans is durable with them") { factory in
            let storage = try await factory.make()
            let staged = try await stage(storage) { $0.profiles = [new(1)] }
            try await commit(to: storage) { $0.profiles = [new(2)] }
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await stored(1...2, in: reopened), [1, 2])
            try await staged.durable()
        },
        Check(name: "of staged plans that nobody waited for the first are there after a death, or none") { factory in
            let storage = try await factory.make()
            try await stage(storage) { $0.profiles = [new(1)] }.durable()
            for number in 2...4 { _ = try await stage(storage) { $0.profiles = [new(number)] } }
            let reopened = try await factory.reopen(storage)
            let there = try await stored(1...4, in: reopened)
            try expect(!there.isEmpty && there == Array(1...there.count), "\(there) are there")
        },
        Check(name: "a staged plan that is refused does nothing, and those before and after it stand") { factory in
            let storage = try await factory.make()
            let first = try await stage(storage) { $0.profiles = [new(1)] }
            try await expectError(.conflict) {
                _ = try await stage(storage) { plan in
                    plan.profiles = [new(2), new(1)]
                    plan.outbox = [record("x", of: 2)]
                }
            }
            let third = try await stage(storage) { $0.profiles = [new(3)] }
            try await third.durable()
            try await first.durable()
            try expectEqual(try await stored(1...3, in: storage), [1, 3])
            try expect(try await claim(storage).isEmpty, "a refused plan left a row")
        },
        Check(name: "a staged plan tells which claimed rows it took out of the outbox") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1)] }
            try await append([record("1", of: 1), record("2", of: 1)], to: storage)
            let rows = try await claim(storage, limit: 1)
            let staged = try await stage(storage) { plan in
                plan.withdrawals = [CommitPlan.Withdrawal(profile: profileID(1), dataflow: dataflowID(1))]
            }
            try expectEqual(staged.claimed, [dataflowID(1): rows.map(\.row)])
            try await staged.durable()
            try expect(try await claim(storage).isEmpty, "a row that was taken out came")
        },
    ]
}
