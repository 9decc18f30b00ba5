import ActivationCore
import ActivationEngine

/// What is promised of batches under way by every storage, and by those alone to which others may write meanwhile.
extension StorageConformance {
    private static func begin(
        _ numbers: [Int],
        in storage: Subject
    ) async throws -> (state: LoadedState, batch: BatchID) {
        var request = LoadRequest(scope: scope)
        request.profiles = numbers.map(profileID)
        request.identities = numbers.map { email("\($0)") }
        return try await storage.begin(request)
    }

    /// Stores profiles of numbers with an identity and an event each.
    private static func enter(_ numbers: ClosedRange<Int>, in storage: Subject) async throws {
        try await commit(to: storage) { plan in
            plan.profiles = numbers.map { new($0) }
            plan.identities = numbers.map {
                CommitPlan.IdentityWrite(identity: email("\($0)"), profile: profileID($0))
            }
            plan.events = numbers.map {
                CommitPlan.EventWrite(
                    profile: profileID($0),
                    id: "e\($0)",
                    timestamp: Timestamp(milliseconds: 1),
                    dataset: 1,
                    body: Array("{}".utf8)
                )
            }
            plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "crm")]
        }
    }

    private static func plan(_ fill: (inout CommitPlan) -> Void) -> CommitPlan {
        var plan = CommitPlan(scope: scope)
        fill(&plan)
        return plan
    }

    private static func value(_ number: Int, in storage: Subject) async throws -> String {
        text(try await profile(number, in: storage).value)
    }

    static let batchChecks: [Check] = [
        Check(name: "a batch loads what a load gives, and what is committed in it shows and stays") { factory in
            let storage = try await factory.make()
            try await enter(1...2, in: storage)
            let (state, batch) = try await begin([1, 3], in: storage)
            try expectEqual(state.profiles.map(\.id), [profileID(1)])
            try expectEqual(state.identityProfiles, [0, nil])
            let stored = state.profiles[0]

            try await storage.commit(
                plan { plan in
                    plan.profiles = [changed(stored, value: "in a batch"), new(3)]
                    plan.outbox = [record("1", of: 1, revision: 2)]
                },
                in: batch
            )

            try expectEqual(try await value(1, in: storage), "in a batch")
            try expectEqual(payloads(try await claim(storage)), ["1"])
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await value(1, in: reopened), "in a batch")
            try expectEqual(try await value(3, in: reopened), "value")
        },
        Check(name: "what is staged in a batch is what the next batch loads, and is durable when it says so") {
            factory in
            let storage = try await factory.make()
            try await enter(1...1, in: storage)
            var staged: [StagedCommit] = []
            for step in 1...3 {
                let (state, batch) = try await begin([1], in: storage)
                let stored = try await profile(1, in: storage)
                try expectEqual(state.profiles.map(\.revision), [stored.revision])
                try expectEqual(stored.revision, Int64(step))
                staged.append(
                    try await storage.stage(plan { $0.profiles = [changed(stored, value: "\(step)")] }, in: batch)
                )
            }
            for commit in staged { try await commit.durable() }
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await value(1, in: reopened), "3")
        },
        Check(name: "an abandoned batch leaves nothing and holds nothing, and may be abandoned again") { factory in
            let storage = try await factory.make()
            try await enter(1...1, in: storage)
            for _ in 1...3 {
                let (_, batch) = try await begin([1], in: storage)
                await storage.abandon(batch)
                await storage.abandon(batch)
            }
            try expectEqual(try await value(1, in: storage), "value")

            let (state, batch) = try await begin([1], in: storage)
            try await storage.commit(plan { $0.profiles = [changed(state.profiles[0], value: "last")] }, in: batch)
            // It has ended, so there is nothing to abandon.
            await storage.abandon(batch)
            try expectEqual(try await value(1, in: storage), "last")
        },
        Check(name: "a plan that is refused leaves nothing and ends its batch; the next one stores it") { factory in
            let storage = try await factory.make()
            try await enter(1...1, in: storage)
            for isStaged in [false, true] {
                let (state, batch) = try await begin([1], in: storage)
                let wrong = plan { plan in
                    plan.profiles = [changed(state.profiles[0], value: "wrong"), new(1)]
                    plan.outbox = [record("wrong", of: 1, revision: 2)]
                }
                try await expectError(.conflict) {
                    if isStaged {
                        _ = try await storage.stage(wrong, in: batch)
                    } else {
                        try await storage.commit(wrong, in: batch)
                    }
                }
                try expectEqual(try await value(1, in: storage), "value")
            }
            let (state, batch) = try await begin([1], in: storage)
            try await storage.commit(plan { $0.profiles = [changed(state.profiles[0], value: "right")] }, in: batch)
            try expectEqual(try await value(1, in: storage), "right")
            try expect(try await claim(storage).isEmpty, "a refused plan left a row")
        },
        Check(name: "a batch that would load too much is none, and smaller ones are begun after it") { factory in
            let storage = try await factory.make()
            try await enter(1...3, in: storage)
            var request = LoadRequest(scope: scope)
            request.profiles = (1...3).map(profileID)
            request.bytesMax = 10
            try await expectError(.tooLarge) { _ = try await storage.begin(request) }

            let (state, batch) = try await begin([1, 2, 3], in: storage)
            var events = EventRequest()
            events.items = state.profiles.map { EventRequest.Item(row: $0.row, extent: .whole) }
            events.bytesMax = 1
            try await expectError(.tooLarge) { _ = try await storage.loadEvents(events, in: batch) }
            events.bytesMax = nil
            // The batch is under way still.
            try expectEqual(try await storage.loadEvents(events, in: batch).count, 3)
            await storage.abandon(batch)
        },
        Check(name: "events, marks and suppressions are in a batch what they are outside") { factory in
            let storage = try await factory.make()
            try await enter(1...2, in: storage)
            let key = ResumeMark.Key(
                dataflow: dataflowID(1),
                profile: profileID(1),
                mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4))
            )
            var other = key
            other.profile = profileID(2)
            try await commit(to: storage) { plan in
                plan.marks = [key: .attribute]
                plan.suppressions = [suppression(2)]
            }

            let (state, batch) = try await begin([1, 2], in: storage)
            var events = EventRequest()
            events.items = state.profiles.map { EventRequest.Item(row: $0.row, extent: .whole) }
            let loaded = try await storage.loadEvents(events, in: batch)
            try expectEqual(
                loaded.map { $0.events?.map(\.id) },
                state.profiles.map { $0.id == profileID(1) ? ["e1"] : ["e2"] }
            )
            try expectEqual(try await storage.existingMarks([key, other], in: batch), [key])
            try expect(state.hasMarks && state.hasSuppressions, "a batch does not say what else is to be loaded")
            let digests = [suppression(1).digest, suppression(2).digest]
            try expectEqual(
                try await storage.suppressions(of: digests, scope: scope, in: batch),
                [suppression(2)]
            )
            await storage.abandon(batch)
        },
        Check(name: "where others may write, a batch that has ended refuses everything as expired") { factory in
            let storage = try await factory.make()
            if storage is any SoleWriterStorage { return }
            try await enter(1...1, in: storage)
            let (state, committed) = try await begin([1], in: storage)
            try await storage.commit(plan { $0.profiles = [changed(state.profiles[0], value: "first")] }, in: committed)
            let (_, abandoned) = try await begin([1], in: storage)
            await storage.abandon(abandoned)
            let (again, refused) = try await begin([1], in: storage)
            try await expectError(.conflict) { try await storage.commit(plan { $0.profiles = [new(1)] }, in: refused) }

            let next = plan { $0.profiles = [changed(again.profiles[0], value: "second")] }
            for batch in [committed, abandoned, refused] {
                try await expectError(.expired) { _ = try await storage.loadEvents(EventRequest(), in: batch) }
                try await expectError(.expired) { _ = try await storage.existingMarks([], in: batch) }
                try await expectError(.expired) { _ = try await storage.suppressions(of: [], scope: scope, in: batch) }
                try await expectError(.expired) { _ = try await storage.stage(next, in: batch) }
                try await expectError(.expired) { try await storage.commit(next, in: batch) }
            }
            try expectEqual(try await value(1, in: storage), "first")
        },
    ]
}
