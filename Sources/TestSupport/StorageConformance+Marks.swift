import ActivationCore
import ActivationEngine

/// What disabled dataflows leave undone.
extension StorageConformance {
    private static func key(_ profile: Int, policy: UInt64 = 4, dataflow: Int = 1) -> ResumeMark.Key {
        ResumeMark.Key(
            dataflow: dataflowID(dataflow),
            profile: profileID(profile),
            mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: policy))
        )
    }

    private static func mark(_ keys: [ResumeMark.Key], _ reasons: TriggerReasons, in storage: Subject) async throws {
        try await commit(to: storage) { plan in
            for key in keys { plan.marks[key] = reasons }
        }
    }

    private static func all(_ storage: Subject, dataflow: Int = 1) async throws -> [ResumeMark] {
        try await storage.marks(dataflow: dataflowID(dataflow), after: nil, limit: 100)
    }

    static let markChecks: [Check] = [
        Check(name: "marks unite their reasons, come back in order and in parts, and outlive the process") { factory in
            let storage = try await factory.make()
            try await mark([key(3), key(1), key(1, policy: 2), key(2, dataflow: 2)], .membership, in: storage)
            try await mark([key(3)], .attribute, in: storage)

            let reopened = try await factory.reopen(storage)

            let marks = try await all(reopened)
            try expectEqual(marks.map(\.key), [key(1, policy: 2), key(1), key(3)])
            try expectEqual(marks.map(\.reasons), [.membership, .membership, [.membership, .attribute]])
            let rest = try await reopened.marks(dataflow: dataflowID(1), after: marks[0].key, limit: 1)
            try expectEqual(rest.map(\.key), [key(1)])
            try expectEqual(try await all(reopened, dataflow: 2).map(\.key), [key(2, dataflow: 2)])
            try expectEqual(try await reopened.markCount(dataflow: dataflowID(1)), 3)
            try expectEqual(try await reopened.markCount(dataflow: dataflowID(3)), 0)
            try expectEqual(try await reopened.existingMarks([key(1), key(2), key(3)]), [key(1), key(3)])
        },
        Check(name: "settling takes one mark of a profile, policy and dataflow away, and a record by itself none") {
            factory in
            let storage = try await factory.make()
            try await mark([key(1), key(1, policy: 2), key(2), key(1, dataflow: 2)], .identity, in: storage)

            try await append([record("1", of: 1)], to: storage)
            try await commit(to: storage) { $0.settledMarks = [key(1)] }
            try expectEqual(try await all(storage).map(\.key), [key(1, policy: 2), key(2)])
            try await commit(to: storage) { $0.settledMarks = [key(2), key(9)] }
            try expectEqual(try await all(storage).map(\.key), [key(1, policy: 2)])
            try expectEqual(try await all(storage, dataflow: 2).count, 1)
        },
        Check(name: "marks follow a merge to the survivor and unite there") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
            try await mark([key(1)], .membership, in: storage)
            try await mark([key(2), key(2, policy: 2)], .attribute, in: storage)
            let absorbed = try await profile(2, in: storage)
            let survivor = try await profile(1, in: storage)

            try await commit(to: storage) { plan in
                plan.profiles = [changed(survivor, value: "both")]
                plan.merges = [CommitPlan.ProfileMerge(absorbed: absorbed, survivor: survivor.id)]
                plan.marks = [key(1): .identity]
            }

            let marks = try await all(storage)
            try expectEqual(marks.map(\.key), [key(1, policy: 2), key(1)])
            try expectEqual(marks.map(\.reasons), [.attribute, [.membership, .attribute, .identity]])
        },
        Check(name: "what was settled before a merge leaves the survivor's mark, or the absorbed one's") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
            try await mark([key(1), key(1, policy: 2)], .membership, in: storage)
            try await mark([key(2), key(2, policy: 2)], .attribute, in: storage)
            let absorbed = try await profile(2, in: storage)
            let survivor = try await profile(1, in: storage)

            try await commit(to: storage) { plan in
                plan.profiles = [changed(survivor, value: "both")]
                plan.merges = [CommitPlan.ProfileMerge(absorbed: absorbed, survivor: survivor.id)]
                plan.marksSettledBeforeMerges = [key(2), key(1, policy: 2)]
            }

            let marks = try await all(storage)
            try expectEqual(marks.map(\.key), [key(1, policy: 2), key(1)])
            try expectEqual(marks.map(\.reasons), [.attribute, .membership])
        },
        Check(name: "marks of a deleted profile go with it") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
            try await mark([key(1), key(1, policy: 2), key(2), key(1, dataflow: 2)], .membership, in: storage)
            let gone = try await profile(1, in: storage)

            try await commit(to: storage) {
                $0.deletions = [
                    CommitPlan.ProfileDeletion(profile: gone, survivor: gone.id, deletedAt: Timestamp(milliseconds: 7))
                ]
            }

            try expectEqual(try await all(storage).map(\.key), [key(2)])
            try expect(try await all(storage, dataflow: 2).isEmpty, "a deleted profile has a mark")
        },
        Check(name: "marks can be forgotten, and go with a deleted dataflow") { factory in
            let storage = try await factory.make()
            try await mark([key(1), key(2), key(1, dataflow: 2)], .identity, in: storage)
            try await append([record("1", of: 5)], to: storage)

            try await storage.dropMarks(of: dataflowID(2))
            try expect(try await all(storage, dataflow: 2).isEmpty, "a forgotten mark is there")
            try expectEqual(try await all(storage).count, 2)
            try await storage.discardOutbox(dataflow: dataflowID(1))
            let reopened = try await factory.reopen(storage)
            try expect(try await all(reopened).isEmpty, "a deleted dataflow has a mark")
            try await mark([key(7)], .identity, in: reopened)
            try expectEqual(try await all(reopened).map(\.key), [key(7)])
        },
    ]
}
