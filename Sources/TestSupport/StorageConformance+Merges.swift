import ActivationCore
import ActivationEngine

extension StorageConformance {
    /// Merges one stored profile into another; the survivor's new record is named "merge".
    static func merge(_ absorbed: Int, into survivor: Int, in storage: Subject, record: Bool = true) async throws {
        let gone = try await profile(absorbed, in: storage)
        var kept = try await profile(survivor, in: storage)
        let before = kept.revision
        kept.revision = max(gone.revision, kept.revision) + 1
        let revision = kept.revision
        try await commit(to: storage) { [kept] plan in
            plan.profiles = [CommitPlan.ProfileWrite(profile: kept, expectedRevision: before)]
            plan.merges = [CommitPlan.ProfileMerge(absorbed: gone, survivor: kept.id)]
            plan.identities = [
                CommitPlan.IdentityWrite(identity: email("of \(absorbed)"), profile: kept.id)
            ]
            if record {
                plan.outbox = [Self.record("merge", of: survivor, revision: revision)]
                plan.counters = [dataflowID(1): DataflowCounters(triggered: 1)]
            }
        }
    }

    private static func storageWithProfiles(_ count: Int, _ factory: Factory) async throws -> Subject {
        let storage = try await factory.make()
        try await commit(to: storage) { plan in
            for number in 1...count {
                plan.profiles.append(new(number))
                plan.identities.append(
                    CommitPlan.IdentityWrite(identity: email("of \(number)"), profile: profileID(number))
                )
            }
        }
        return storage
    }

    static let mergeChecks: [Check] = [
        Check(name: "an absorbed profile is gone, its identities and events are the survivor's") { factory in
            let storage = try await storageWithProfiles(2, factory)
            try await commit(to: storage) { plan in
                plan.events = [
                    event("shared", of: 1, at: 1), event("mine", of: 1, at: 3),
                    event("shared", of: 2, at: 9), event("theirs", of: 2, at: 2),
                ]
            }

            try await merge(2, into: 1, in: storage)

            let reopened = try await factory.reopen(storage)
            var request = LoadRequest(scope: scope)
            request.identities = [email("of 1"), email("of 2")]
            request.profiles = [profileID(2)]
            let loaded = try await reopened.load(request)
            try expectEqual(loaded.profiles.map(\.id), [profileID(1)])
            try expectEqual(loaded.identityProfiles, [0, 0])
            try expectEqual(loaded.profiles[0].revision, 2)
            try expectEqual(try await events(of: 1, in: reopened), ["shared", "theirs", "mine"])
            try expectEqual(try await reopened.profileCount(scope: scope), 1)
        },
        Check(name: "a merge of a profile that changed meanwhile is a conflict") { factory in
            let storage = try await storageWithProfiles(2, factory)
            let survivor = try await profile(1, in: storage)
            var stale = try await profile(2, in: storage)
            stale.revision = 9

            try await expectError(.conflict) {
                try await commit(to: storage) { [stale] plan in
                    plan.profiles = [changed(survivor, value: "lost")]
                    plan.merges = [CommitPlan.ProfileMerge(absorbed: stale, survivor: profileID(1))]
                }
            }

            try expectEqual(try await storage.profileCount(scope: scope), 2)
            try expectEqual(try await profile(1, in: storage).revision, 1)
        },
        Check(name: "waiting records of an absorbed profile leave as the survivor's, before its new one") { factory in
            let storage = try await storageWithProfiles(3, factory)
            try await append([record("b1", of: 2), record("a1", of: 1), record("c1", of: 3)], to: storage)
            try await append([record("b2", of: 2)], to: storage)

            try await merge(2, into: 1, in: storage)

            let rows = try await claim(try await factory.reopen(storage))
            try expectEqual(payloads(rows), ["b1", "a1", "c1", "b2", "merge"])
            try expectEqual(rows.map(\.profile), [1, 1, 3, 1, 1].map(profileID))
            try expectEqual(rows[0].partitionKey, "key of b1")
        },
        Check(name: "the survivor waits for the absorbed profile's records in flight") { factory in
            let storage = try await storageWithProfiles(3, factory)
            try await append([record("a1", of: 1), record("b1", of: 2), record("c1", of: 3)], to: storage)
            let inFlight = try await claim(storage)
            try await append([record("b2", of: 2), record("a2", of: 1), record("c2", of: 3)], to: storage)

            try await merge(2, into: 1, in: storage)

            try expectEqual(payloads(try await claim(storage)), ["c2"])
            try await settle([inFlight[0]], in: storage)
            try expect(try await claim(storage).isEmpty, "the survivor did not wait for b1")
            try await settle([inFlight[1]], in: storage)
            let rows = try await claim(storage)
            try expectEqual(payloads(rows), ["b2", "a2", "merge"])
            try expectEqual(rows.map(\.profile), [1, 1, 1].map(profileID))
            try await expectBooks(DataflowCounters(triggered: 7, delivered: 2), in: storage)
        },
        Check(name: "rows passed over before a merge are found after it") { factory in
            let storage = try await storageWithProfiles(2, factory)
            try await append(
                [
                    record("b1", of: 2), record("a1", of: 1), record("b2", of: 2), record("a2", of: 1),
                    record("b3", of: 2),
                ],
                to: storage
            )
            let inFlight = try await claim(storage, perProfile: 1)
            try expectEqual(payloads(inFlight), ["b1", "a1"])

            try await merge(2, into: 1, in: storage)
            try await settle(inFlight, in: storage)

            var seen: [String] = []
            while true {
                let rows = try await claim(storage, perProfile: 1)
                if rows.isEmpty { break }
                try expectEqual(rows.count, 1)
                seen += payloads(rows)
                try await settle(rows, in: storage)
            }
            try expectEqual(seen, ["b2", "a2", "b3", "merge"])
        },
        Check(name: "a survivor's own rows in flight are not handed out again after a merge") { factory in
            let storage = try await storageWithProfiles(2, factory)
            try await append(["b1", "b2", "b3"].map { record($0, of: 2) } + [record("a1", of: 1)], to: storage)
            let inFlight = try await claim(storage, perProfile: 2)
            try expectEqual(payloads(inFlight), ["b1", "b2", "a1"])
            try await merge(2, into: 1, in: storage)
            try await settle(Array(inFlight.prefix(2)), in: storage)

            let older = try await claim(storage, perProfile: 2)
            try expectEqual(payloads(older), ["b3"])
            try await settle(older, in: storage)

            try expectEqual(payloads(try await claim(storage, perProfile: 2)), ["merge"])
        },
        Check(name: "a survivor that is absorbed in turn hands its waiting on") { factory in
            let storage = try await storageWithProfiles(3, factory)
            try await append([record("c1", of: 3)], to: storage)
            let third = try await claim(storage)
            try await merge(3, into: 2, in: storage, record: false)
            try await append([record("b1", of: 2)], to: storage)
            try expect(try await claim(storage).isEmpty, "b1 did not wait for c1")

            try await merge(2, into: 1, in: storage)

            try expect(try await claim(storage).isEmpty, "the last survivor did not wait for c1")
            try await settle(third, in: storage)
            try expectEqual(payloads(try await claim(storage)), ["b1", "merge"])
        },
        Check(name: "released claims hold nobody back") { factory in
            let storage = try await storageWithProfiles(2, factory)
            try await append([record("b1", of: 2)], to: storage)
            _ = try await claim(storage)
            try await merge(2, into: 1, in: storage)
            try expect(try await claim(storage).isEmpty, "the survivor did not wait")

            try await storage.releaseClaims(dataflow: dataflowID(1))

            try expectEqual(payloads(try await claim(storage)), ["b1", "merge"])
        },
        Check(name: "a merge that fails holds nobody back") { factory in
            let storage = try await storageWithProfiles(2, factory)
            try await append([record("b1", of: 2)], to: storage)
            _ = try await claim(storage)
            let gone = try await profile(2, in: storage)

            try await expectError(.conflict) {
                try await commit(to: storage) { plan in
                    plan.merges = [CommitPlan.ProfileMerge(absorbed: gone, survivor: profileID(1))]
                    plan.events = [event("x", of: 99, at: 1)]
                }
            }
            try await append([record("a1", of: 1)], to: storage)

            try expectEqual(payloads(try await claim(storage)), ["a1"])
        },
    ]
}
