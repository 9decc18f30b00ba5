import ActivationCore
import ActivationEngine

/// The books by audience (docs/decisions/0046).
extension StorageConformance {
    private static func instant(_ hour: Int64) -> Timestamp {
        Timestamp(milliseconds: hour * BookedHour.length)
    }

    /// Checks what the books of audiences say, by number, and that they balance with the rows.
    private static func expectAudiences(
        _ expected: [Int: DataflowCounters],
        told: DataflowCounters,
        in storage: Subject,
        line: Int = #line
    ) async throws {
        let counted = try await storage.countAudienceBooks(dataflow: dataflowID(1))
        try expectEqual(counted.told.counters, told, "told:", line: line)
        let books = Dictionary(uniqueKeysWithValues: expected.map { (audienceID($0), $1) })
        try expectEqual(counted.audiences.mapValues(\.counters), books, line: line)
        try expect(counted.isBalanced, "counted: \(counted)", line: line)
    }

    /// Checks the hours, by number: what each says of audiences.
    private static func expectHours(
        _ expected: [(Int64, AudienceBooks)],
        in storage: Subject,
        line: Int = #line
    ) async throws {
        let hours = try await storage.bookedHours(dataflow: dataflowID(1))
        try expectEqual(hours.map(\.start), expected.map { instant($0.0) }, line: line)
        try expectEqual(hours.map(\.audiences), expected.map(\.1), line: line)
    }

    private static func books(_ told: DataflowCounters, _ audiences: [Int: DataflowCounters]) -> AudienceBooks {
        AudienceBooks(
            told: told,
            audiences: Dictionary(uniqueKeysWithValues: audiences.map { (audienceID($0), $1) })
        )
    }

    private static func append(_ records: [OutboxRow], to storage: Subject, at hour: Int64) async throws {
        try await commit(to: storage) { plan in
            plan.admission = AdmissionMark(instant: instant(hour), sequence: AdmissionSequence(rawValue: 1 << 10))
            plan.outbox = records
            for record in records { plan.enterTriggered(record) }
        }
    }

    private static func settle(
        _ row: OutboxRow,
        in storage: Subject,
        as outcome: OutboxSettlement.Outcome = .delivered,
        at hour: Int64
    ) async throws {
        let receipt = OutboxSettlement.Receipt(text: "r", at: instant(hour))
        try await storage.settle(
            dataflow: dataflowID(1),
            [OutboxSettlement(row: row.row, outcome: outcome, receipt: receipt)]
        )
    }

    private static func parked(_ hour: Int64) -> OutboxSettlement.Outcome {
        .parked(code: "X", message: "m", at: instant(hour))
    }

    static let audienceBookChecks: [Check] = [
        Check(name: "records count for the audiences of which they tell, over a restart, until they have left") {
            factory in
            let storage = try await factory.make()
            try await expectAudiences([:], told: DataflowCounters(), in: storage)
            try await append(
                [record("1", of: 1, telling: [1]), record("2", of: 2, telling: [1, 2]), record("3", of: 3)],
                to: storage,
                at: 5
            )
            try await expectAudiences(
                [1: DataflowCounters(triggered: 2), 2: DataflowCounters(triggered: 1)],
                told: DataflowCounters(triggered: 2),
                in: storage
            )

            let reopened = try await factory.reopen(storage)
            let rows = try await claim(reopened)
            try expectEqual(rows.map(\.audiences), [[audienceID(1)], [audienceID(1), audienceID(2)], []])
            for row in rows.dropFirst() { try await settle(row, in: reopened, at: 6) }
            try await settle(rows[1], in: reopened, at: 6)
            try await settle(rows[0], in: reopened, as: parked(7), at: 7)

            let last = try await factory.reopen(reopened)
            try await expectAudiences(
                [
                    1: DataflowCounters(triggered: 2, delivered: 1, parked: 1),
                    2: DataflowCounters(triggered: 1, delivered: 1),
                ],
                told: DataflowCounters(triggered: 2, delivered: 1, parked: 1),
                in: last
            )
            try await expectBooks(DataflowCounters(triggered: 3, delivered: 2, parked: 1), in: last)
            try await expectHours(
                [
                    (
                        5,
                        books(
                            DataflowCounters(triggered: 2),
                            [1: DataflowCounters(triggered: 2), 2: DataflowCounters(triggered: 1)]
                        )
                    ),
                    (
                        6,
                        books(
                            DataflowCounters(delivered: 1),
                            [1: DataflowCounters(delivered: 1), 2: DataflowCounters(delivered: 1)]
                        )
                    ),
                    (7, books(DataflowCounters(parked: 1), [1: DataflowCounters(parked: 1)])),
                ],
                in: last
            )
        },
        Check(name: "what is suppressed counts for its audiences; an hour without any of them has empty books") {
            factory in
            let storage = try await factory.make()
            let suppressed = DataflowCounters(triggered: 3, suppressedDisabled: 3)
            for hour: Int64 in [1, 2, 4] {
                try await commit(to: storage) { plan in
                    plan.admission = AdmissionMark(
                        instant: instant(hour),
                        sequence: AdmissionSequence(rawValue: 1 << 10)
                    )
                    plan.counters = [dataflowID(1): suppressed]
                    if hour != 2 {
                        plan.audienceBooks[dataflowID(1), default: AudienceBooks()].enter(
                            suppressed,
                            of: [audienceID(1)]
                        )
                    }
                }
            }

            let reopened = try await factory.reopen(storage)
            try await expectHours(
                [
                    (1, books(suppressed, [1: suppressed])), (2, AudienceBooks()),
                    (4, books(suppressed, [1: suppressed])),
                ],
                in: reopened
            )
        },
        Check(name: "a plan that is refused enters nothing of audiences") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1, telling: [1])], to: storage, at: 1)
            try await expectError(.conflict) {
                try await commit(to: storage) { plan in
                    plan.admission = AdmissionMark(instant: instant(2), sequence: AdmissionSequence(rawValue: 1 << 10))
                    plan.outbox = [record("2", of: 2, telling: [1, 2])]
                    plan.enterTriggered(plan.outbox[0])
                    plan.paths = [CommitPlan.PathWrite(id: PathID(rawValue: 9), parent: .root, name: [97])]
                }
            }

            let once = DataflowCounters(triggered: 1)
            try await expectAudiences([1: once], told: once, in: storage)
            try await append([record("3", of: 3, telling: [2])], to: storage, at: 2)
            try await expectHours([(1, books(once, [1: once])), (2, books(once, [2: once]))], in: storage)
        },
        Check(name: "audiences follow what becomes of dead letters") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1)] }
            try await append((1...3).map { record("\($0)", of: 1, telling: [$0, 9]) }, to: storage, at: 1)
            for row in try await claim(storage) { try await settle(row, in: storage, as: parked(1), at: 1) }
            let letters = try await storage.deadLetters(dataflow: dataflowID(1), limit: 9)
            try expectEqual(letters.map(\.record.audiences), (1...3).map { [audienceID($0), audienceID(9)] })

            for (letter, way) in zip(letters, [DeadLetterRelease.Way.present, .original, .discarded]) {
                let release = DeadLetterRelease(
                    of: dataflowID(1),
                    as: way,
                    rows: [letter.record.row],
                    limit: 9,
                    at: instant(2)
                )
                _ = try await storage.release(release)
            }

            let reopened = try await factory.reopen(storage)
            let again = try await claim(reopened)
            try expectEqual(again.map(\.audiences), [[audienceID(2), audienceID(9)]])
            let all = DataflowCounters(triggered: 4, parked: 3, replayed: 2, discarded: 1)
            try await expectAudiences(
                [
                    1: DataflowCounters(triggered: 1, parked: 1, replayed: 1),
                    2: DataflowCounters(triggered: 2, parked: 1, replayed: 1),
                    3: DataflowCounters(triggered: 1, parked: 1, discarded: 1), 9: all,
                ],
                told: all,
                in: reopened
            )
        },
        Check(name: "records of who is deleted count for their audiences, those on their way as what becomes of them") {
            factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
            try await append(
                [
                    record("parked", of: 1, telling: [1]), record("late", of: 1, telling: [1, 2]),
                    record("lost", of: 1, telling: [2]), record("other", of: 2, telling: [2]),
                ],
                to: storage,
                at: 1
            )
            let rows = try await claim(storage)
            try await settle(rows[0], in: storage, as: parked(1), at: 1)
            let profile = try await profile(1, in: storage)
            try await commit(to: storage) { plan in
                plan.admission = AdmissionMark(instant: instant(2), sequence: AdmissionSequence(rawValue: 1 << 11))
                plan.deletions = [
                    CommitPlan.ProfileDeletion(profile: profile, survivor: profile.id, deletedAt: instant(2))
                ]
            }
            try await settle(rows[1], in: storage, at: 3)
            try await settle(rows[1], in: storage, at: 3)

            let expected = [
                1: DataflowCounters(triggered: 2, delivered: 1, parked: 1, erased: 1),
                2: DataflowCounters(triggered: 3, delivered: 1, suppressedDeleted: 1),
            ]
            let told = DataflowCounters(triggered: 4, delivered: 1, suppressedDeleted: 1, parked: 1, erased: 1)
            try await expectAudiences(expected, told: told, in: storage)
            let late = DataflowCounters(delivered: 1, suppressedDeleted: -1)
            let hours = try await storage.bookedHours(dataflow: dataflowID(1))
            try expectEqual(hours.last?.audiences, books(late, [1: late, 2: late]))
            try await expectAudiences(expected, told: told, in: try await factory.reopen(storage))
        },
        Check(name: "a merge keeps the audiences of records that wait") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
            try await append([record("1", of: 1, telling: [1]), record("2", of: 2, telling: [2])], to: storage, at: 1)
            let (survivor, absorbed) = (try await profile(1, in: storage), try await profile(2, in: storage))
            try await commit(to: storage) { plan in
                plan.profiles = [changed(survivor, value: "both")]
                plan.merges = [CommitPlan.ProfileMerge(absorbed: absorbed, survivor: survivor.id)]
            }

            for row in try await claim(storage) { try await settle(row, in: storage, at: 2) }

            let done = DataflowCounters(triggered: 1, delivered: 1)
            let both = DataflowCounters(triggered: 2, delivered: 2)
            try await expectAudiences([1: done, 2: done], told: both, in: storage)
        },
        Check(name: "what a deleted dataflow drops counts for its audiences, and their hours go") { factory in
            let storage = try await factory.make()
            try await append([record("1", of: 1, telling: [1]), record("2", of: 2)], to: storage, at: 1)

            try await storage.discardOutbox(dataflow: dataflowID(1))

            let dropped = DataflowCounters(triggered: 1, suppressedDeleted: 1)
            try await expectAudiences([1: dropped], told: dropped, in: storage)
            try await expectHours([], in: storage)
            try await append([record("3", of: 3, telling: [1])], to: storage, at: 1)
            let once = DataflowCounters(triggered: 1)
            try await expectHours([(1, books(once, [1: once]))], in: storage)
        },
        Check(name: "hours of audiences go with those of their dataflow, and a clock set back adds to the last") {
            factory in
            let storage = try await factory.make()
            let once = DataflowCounters(triggered: 1)
            try await append([record("1", of: 1, telling: [1])], to: storage, at: 1_000)
            try await append([record("2", of: 2, telling: [1])], to: storage, at: 1_001)
            try await append([record("3", of: 3, telling: [2])], to: storage, at: 1_000)
            try await append([record("4", of: 4, telling: [1])], to: storage, at: 1_001 + BookedHour.keptHours)

            try await expectHours(
                [
                    (1_001, books(DataflowCounters(triggered: 2), [1: once, 2: once])),
                    (1_001 + BookedHour.keptHours, books(once, [1: once])),
                ],
                in: try await factory.reopen(storage)
            )
        },
    ]
}
