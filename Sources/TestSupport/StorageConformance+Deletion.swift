import ActivationCore
import ActivationEngine

extension StorageConformance {
    /// Deletes a stored profile; its last record is named "last".
    private static func delete(_ number: Int, in storage: Subject, record: Bool = true) async throws {
        let gone = try await profile(number, in: storage)
        try await commit(to: storage) { plan in
            plan.deletions = [
                CommitPlan.ProfileDeletion(profile: gone, survivor: gone.id, deletedAt: Timestamp(milliseconds: 77))
            ]
            plan.identities = [CommitPlan.IdentityWrite(identity: email("of \(number)"), profile: nil)]
            if record {
                plan.outbox = [Self.record("last", of: number, revision: gone.revision + 1)]
                plan.counters = [dataflowID(1): DataflowCounters(triggered: 1)]
            }
        }
    }

    private static func storageWithTwo(_ factory: Factory) async throws -> Subject {
        let storage = try await factory.make()
        try await commit(to: storage) { plan in
            for number in 1...2 {
                plan.profiles.append(new(number))
                plan.events.append(event("e", of: number, at: 1))
                plan.identities.append(
                    CommitPlan.IdentityWrite(identity: email("of \(number)"), profile: profileID(number))
                )
            }
        }
        return storage
    }

    static let deletionChecks: [Check] = [
        Check(name: "a deleted profile is gone, and nobody else") { factory in
            let storage = try await storageWithTwo(factory)

            try await delete(1, in: storage)

            let reopened = try await factory.reopen(storage)
            var request = LoadRequest(scope: scope)
            request.identities = [email("of 1"), email("of 2")]
            request.profiles = [profileID(1)]
            let loaded = try await reopened.load(request)
            try expectEqual(loaded.profiles.map(\.id), [profileID(2)])
            try expectEqual(loaded.identityProfiles, [nil, 0])
            try expectEqual(try await reopened.profileCount(scope: scope), 1)
            try expectEqual(try await events(of: 2, in: reopened), ["e"])
        },
        Check(name: "a deletion of a profile that changed meanwhile is a conflict") { factory in
            let storage = try await storageWithTwo(factory)
            var stale = try await profile(1, in: storage)
            stale.revision = 9

            try await expectError(.conflict) {
                try await commit(to: storage) { [stale] plan in
                    plan.deletions = [
                        CommitPlan.ProfileDeletion(
                            profile: stale,
                            survivor: stale.id,
                            deletedAt: Timestamp(milliseconds: 77)
                        )
                    ]
                }
            }

            try expectEqual(try await storage.profileCount(scope: scope), 2)
        },
        Check(name: "records that wait go with their profile and count as suppressed; its last one stays") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("b1", of: 2), record("a2", of: 1)], to: storage)

            try await delete(1, in: storage)

            let reopened = try await factory.reopen(storage)
            try await expectBooks(DataflowCounters(triggered: 4, suppressedDeleted: 2), in: reopened)
            try expectEqual(payloads(try await claim(reopened)), ["b1", "last"])
        },
        Check(name: "dead letters go with their profile and count as erased") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("b1", of: 2)], to: storage)
            let rows = try await claim(storage)
            try await storage.settle(
                dataflow: dataflowID(1),
                rows.map { row in
                    OutboxSettlement(
                        row: row.row,
                        outcome: .parked(code: "X", message: "refused", at: Timestamp(milliseconds: 1))
                    )
                }
            )

            try await delete(1, in: storage, record: false)

            let letters = try await storage.deadLetters(dataflow: dataflowID(1), limit: 10)
            try expectEqual(payloads(letters.map(\.record)), ["b1"])
            try await expectBooks(DataflowCounters(triggered: 2, parked: 2, erased: 1), in: storage)
        },
        Check(name: "a record on its way when its profile is deleted counts as what becomes of it") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("a2", of: 1)], to: storage)
            let inFlight = try await claim(storage)
            try expectEqual(payloads(inFlight), ["a1", "a2"])

            try await delete(1, in: storage)

            try await expectBooks(DataflowCounters(triggered: 3, suppressedDeleted: 2), in: storage)
            try await settle([inFlight[0]], in: storage)
            try await settle([inFlight[0]], in: storage)
            try await expectBooks(DataflowCounters(triggered: 3, delivered: 1, suppressedDeleted: 1), in: storage)
            try expectEqual(payloads(try await claim(storage)), ["last"])
        },
        Check(name: "an erasure tells what was delivered of the profile and of those it absorbed, and nothing else") {
            factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1), record("b1", of: 2), record("b2", of: 2)], to: storage)
            func deliver(_ rows: [OutboxRow], at instant: Int64) async throws {
                try await storage.settle(
                    dataflow: dataflowID(1),
                    rows.map { row in
                        let receipt = OutboxSettlement.Receipt(
                            text: "receipt of " + String(decoding: row.payload, as: UTF8.self),
                            at: Timestamp(milliseconds: instant)
                        )
                        return OutboxSettlement(row: row.row, outcome: .delivered, receipt: receipt)
                    }
                )
            }
            let rows = try await claim(storage)
            // Of the second the first receipt counts, and it comes days after.
            try await deliver([rows[0]], at: 1_700_000_000_000)
            try await deliver([rows[1], rows[1]], at: 1_700_500_000_000)
            try await merge(2, into: 1, in: storage, record: false)
            try await delete(1, in: storage, record: false)
            try await deliver([rows[2]], at: 1_700_600_000_000)

            let reopened = try await factory.reopen(storage)
            let found = try await reopened.deliveries(of: profileID(1), scope: scope)
            try expectEqual(found.map(\.receipt), ["receipt of a1", "receipt of b1", "receipt of b2"])
            try expectEqual(found.map(\.revision), [1, 1, 0])
            try expectEqual(found.map(\.dataflow), [1, 1, 1].map { dataflowID($0) })
            try expect(
                try await reopened.deliveries(of: profileID(2), scope: scope).isEmpty,
                "the absorbed one has some"
            )
            let erasures = try await reopened.erasures(scope: scope, limit: 10)
            try expectEqual(erasures.map(\.profile), [profileID(1)])
            try expectEqual(erasures.map(\.deletedAt), [Timestamp(milliseconds: 77)])
            try expectEqual(try await reopened.erasure(of: profileID(1), scope: scope)?.revision, 2)
            try expectEqual(try await reopened.erasure(of: profileID(2), scope: scope), nil)
        },
        Check(name: "a profile that was made and deleted by one plan has an erasure as well") { factory in
            let storage = try await factory.make()
            let made = StoredProfile(row: 0, id: profileID(1), revision: 0, value: [])
            let absorbed = StoredProfile(row: 0, id: profileID(2), revision: 0, value: [])

            try await commit(to: storage) { plan in
                plan.deletions = [made, absorbed].map {
                    CommitPlan.ProfileDeletion(profile: $0, survivor: made.id, deletedAt: Timestamp(milliseconds: 77))
                }
            }

            try expectEqual(try await storage.erasures(scope: scope, limit: 9).map(\.profile), [made.id])
        },
        Check(name: "the last record waits for those on their way as any other does") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("a1", of: 1)], to: storage)
            let inFlight = try await claim(storage, perProfile: 1)
            try await delete(1, in: storage)

            try expect(try await claim(storage, perProfile: 1).isEmpty, "the last record overtook a1")
            try await settle(inFlight, in: storage)
            try expectEqual(payloads(try await claim(storage, perProfile: 1)), ["last"])
        },
        Check(name: "the last record of profiles that were one waits for the records of all") { factory in
            let storage = try await storageWithTwo(factory)
            try await append([record("b1", of: 2)], to: storage)
            let inFlight = try await claim(storage)
            let (first, second) = (try await profile(1, in: storage), try await profile(2, in: storage))

            try await commit(to: storage) { plan in
                plan.deletions = [first, second].map {
                    CommitPlan.ProfileDeletion(profile: $0, survivor: first.id, deletedAt: Timestamp(milliseconds: 77))
                }
                plan.outbox = [Self.record("last", of: 1, revision: 2)]
                plan.counters = [dataflowID(1): DataflowCounters(triggered: 1)]
            }

            try expect(try await claim(storage).isEmpty, "the last record overtook b1")
            try await settle(inFlight, in: storage)
            try expectEqual(payloads(try await claim(storage)), ["last"])
        },
    ]
}
