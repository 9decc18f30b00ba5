import ActivationCore
import ActivationEngine

/// Dead letters that are let go, and deliveries that are wanted again.
extension StorageConformance {
    /// Two stored profiles with three dead letters, the first and the last of them of the first profile.
    private static func storageWithLetters(_ factory: Factory) async throws -> Subject {
        let storage = try await factory.make()
        try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
        try await append([record("a1", of: 1), record("b1", of: 2), record("a2", of: 1)], to: storage)
        let rows = try await claim(storage)
        for (number, (row, code)) in zip(rows, ["LARGE", "KEY", "LARGE"]).enumerated() {
            let at = Timestamp(milliseconds: Int64(number + 1) * BookedHour.length)
            try await settle([row], in: storage, as: .parked(code: code, message: "why", at: at))
        }
        return storage
    }

    private static func letters(_ storage: Subject) async throws -> [DeadLetter] {
        try await storage.deadLetters(dataflow: dataflowID(1), limit: 100)
    }

    private static func release(
        as way: DeadLetterRelease.Way,
        in storage: Subject,
        limit: Int = 100,
        _ change: (inout DeadLetterRelease) -> Void = { _ in }
    ) async throws -> DeadLetterRelease.Outcome {
        let at = Timestamp(milliseconds: 9 * BookedHour.length)
        var release = DeadLetterRelease(of: dataflowID(1), as: way, limit: limit, at: at)
        change(&release)
        return try await storage.release(release)
    }

    static let deadLetterChecks: [Check] = [
        Check(name: "dead letters are counted by their codes and by dataflow") { factory in
            let storage = try await storageWithLetters(factory)

            let causes = try await storage.deadLetterCauses(dataflow: dataflowID(1))

            let hours = (1...3).map { Timestamp(milliseconds: $0 * BookedHour.length) }
            try expectEqual(
                causes,
                [
                    DeadLetterCause(code: "LARGE", count: 2, firstParkedAt: hours[0], lastParkedAt: hours[2]),
                    DeadLetterCause(code: "KEY", count: 1, firstParkedAt: hours[1], lastParkedAt: hours[1]),
                ]
            )
            try expectEqual(try await storage.deadLetterCauses(dataflow: dataflowID(2)), [])
            for (code, expected) in [("LARGE", ["a1", "a2"]), ("KEY", ["b1"]), ("KE", [])] {
                let found = try await storage.deadLetters(dataflow: dataflowID(1), code: code, after: 0, limit: 9)
                try expectEqual(payloads(found.map(\.record)), expected)
            }
            try expectEqual(try await storage.deadLetterCounts(scope: scope), [dataflowID(1): 3])
        },
        Check(name: "dead letters that were parked before an instant are found, the oldest first") { factory in
            let storage = try await storageWithLetters(factory)
            try await append([record("a4", of: 1)], to: storage)
            try await append([record("x", of: 1, dataflow: 2)], to: storage)
            let hour = BookedHour.length
            func park(_ row: OutboxRow, at hours: Int64) async throws {
                let at = Timestamp(milliseconds: hours * hour)
                let outcome = OutboxSettlement.Outcome.parked(code: "LARGE", message: "why", at: at)
                try await storage.settle(
                    dataflow: row.dataflow,
                    [OutboxSettlement(row: row.row, outcome: outcome)]
                )
            }
            // One that was parked later by a clock that was set back.
            for row in try await claim(storage) { try await park(row, at: 2) }
            for row in try await claim(storage, dataflow: 2) { try await park(row, at: 1) }
            func found(_ code: String, before hours: Int64, _ limit: Int = 9) async throws -> [String] {
                let rows = try await storage.deadLetterRows(
                    dataflow: dataflowID(1),
                    code: code,
                    parkedBefore: Timestamp(milliseconds: hours * hour),
                    limit: limit
                )
                let letters = Dictionary(
                    uniqueKeysWithValues: try await letters(storage).map { ($0.record.row, $0.record) }
                )
                return payloads(rows.compactMap { letters[$0] })
            }

            try expectEqual(try await found("LARGE", before: 1), [])
            try expectEqual(try await found("LARGE", before: 2), ["a1"])
            try expectEqual(try await found("LARGE", before: 9), ["a1", "a4", "a2"])
            try expectEqual(try await found("LARGE", before: 9, 2), ["a1", "a4"])
            try expectEqual(try await found("LARGE", before: 9, 0), [])
            try expectEqual(try await found("KEY", before: 9), ["b1"])
            try expectEqual(try await found("KE", before: 9), [])
        },
        Check(name: "what is true now takes the place of dead letters: a mark of each profile") { factory in
            let storage = try await storageWithLetters(factory)

            let outcome = try await release(as: .present, in: storage)

            try expectEqual(outcome, DeadLetterRelease.Outcome(released: 3))
            let reopened = try await factory.reopen(storage)
            let marks = try await reopened.marks(dataflow: dataflowID(1), after: nil, limit: 9)
            try expectEqual(marks.map(\.key.profile), [profileID(1), profileID(2)])
            try expectEqual(marks.map(\.reasons), [.replay, .replay])
            try expectEqual(try await letters(reopened).count, 0)
            try await expectBooks(DataflowCounters(triggered: 3, parked: 3, replayed: 3), in: reopened)
            let hours = try await reopened.bookedHours(dataflow: dataflowID(1))
            try expectEqual(hours.last?.counters, DataflowCounters(replayed: 3))
            try expectEqual(try await release(as: .present, in: reopened), DeadLetterRelease.Outcome())
            try expectEqual(try await reopened.deadLetterCounts(scope: scope), [:])
        },
        Check(name: "a dead letter without a present form stays") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1)] }
            var left = record("left", of: 1)
            left.reasons = [.unmapped]
            try await append([record("gone", of: 7), left, record("a", of: 1)], to: storage)
            let parked = OutboxSettlement.Outcome.parked(code: "X", message: "m", at: Timestamp(milliseconds: 1))
            try await settle(try await claim(storage), in: storage, as: parked)

            let outcome = try await release(as: .present, in: storage)

            try expectEqual(outcome, DeadLetterRelease.Outcome(released: 1, kept: 2))
            try expectEqual(payloads(try await letters(storage).map(\.record)), ["gone", "left"])
            try await expectBooks(DataflowCounters(triggered: 3, parked: 3, replayed: 1), in: storage)
        },
        Check(name: "the bytes of a dead letter go again behind all that wait") { factory in
            let storage = try await storageWithLetters(factory)
            try await append([record("a3", of: 1, revision: 7)], to: storage)
            let first = try await letters(storage)[0].record

            let outcome = try await release(as: .original, in: storage) { $0.rows = [first.row] }

            try expectEqual(outcome, DeadLetterRelease.Outcome(released: 1))
            try await expectBooks(DataflowCounters(triggered: 5, parked: 3, replayed: 1), in: storage)
            let reopened = try await factory.reopen(storage)
            let rows = try await claim(reopened)
            try expectEqual(payloads(rows), ["a3", "a1"])
            try expectEqual(rows[1].lane, .replay)
            try expectEqual(rows[1].partitionKey, first.partitionKey)
            try expectEqual(rows[1].revision, first.revision)
            try await settle(rows, in: reopened)
            try await expectBooks(DataflowCounters(triggered: 5, delivered: 2, parked: 3, replayed: 1), in: reopened)
        },
        Check(name: "dead letters go by row, code and instant, and step by step") { factory in
            let storage = try await storageWithLetters(factory)
            let rows = try await letters(storage).map(\.record.row)

            let none = try await release(as: .discarded, in: storage) { $0.rows = [rows[0], 0, -1, .max] + [rows[0]] }
            try expectEqual(none, DeadLetterRelease.Outcome(released: 1))
            try expectEqual(payloads(try await letters(storage).map(\.record)), ["b1", "a2"])
            let other = try await release(as: .discarded, in: storage) { $0.code = "KE" }
            try expectEqual(other, DeadLetterRelease.Outcome())
            let old = try await release(as: .discarded, in: storage) {
                $0.parkedBefore = Timestamp(milliseconds: 2 * BookedHour.length)
            }
            try expectEqual(old, DeadLetterRelease.Outcome())
            let step = try await release(as: .discarded, in: storage, limit: 1)
            try expectEqual(step, DeadLetterRelease.Outcome(released: 1, next: rows[1]))
            let last = try await release(as: .discarded, in: storage, limit: 1) {
                $0.code = "LARGE"
                $0.after = rows[1]
            }
            try expectEqual(last, DeadLetterRelease.Outcome(released: 1))
            try await expectBooks(DataflowCounters(triggered: 3, parked: 3, discarded: 3), in: storage)
        },
        Check(name: "dead letters follow a merge, and go with whoever has them then") { factory in
            let storage = try await storageWithLetters(factory)
            let absorbed = try await profile(1, in: storage)
            let survivor = try await profile(2, in: storage)
            try await commit(to: storage) { plan in
                plan.profiles = [changed(survivor, value: "both")]
                plan.merges = [CommitPlan.ProfileMerge(absorbed: absorbed, survivor: survivor.id)]
            }

            try expectEqual(Set(try await letters(storage).map(\.record.profile)), [profileID(2)])
            let gone = try await profile(2, in: storage)
            try await commit(to: storage) { plan in
                plan.deletions = [
                    CommitPlan.ProfileDeletion(profile: gone, survivor: gone.id, deletedAt: Timestamp(milliseconds: 77))
                ]
            }
            try expectEqual(try await letters(storage).count, 0)
            try await expectBooks(DataflowCounters(triggered: 3, parked: 3, erased: 3), in: storage)
        },
        Check(name: "everybody of whom something was delivered since an instant gets a mark, in steps") { factory in
            let storage = try await factory.make()
            let day: Int64 = 86_400_000
            try await commit(to: storage) { plan in
                plan.profiles = (1...5).map { new($0) }
            }
            try await append((1...4).map { record("\($0)", of: $0) } + [record("x", of: 5, dataflow: 2)], to: storage)
            for (row, at) in zip(try await claim(storage), [1, 3 * day - 1, 3 * day, 5 * day]) {
                let receipt = OutboxSettlement.Receipt(text: "receipt", at: Timestamp(milliseconds: at))
                try await storage.settle(
                    dataflow: dataflowID(1),
                    [OutboxSettlement(row: row.row, outcome: .delivered, receipt: receipt)]
                )
            }
            let policy = MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4))
            for limit in [1, 2, 100] {
                var request = ReplayRequest(
                    dataflowID(1),
                    [policy],
                    since: Timestamp(milliseconds: 3 * day),
                    limit: limit
                )
                repeat {
                    request.after = try await storage.replay(request)
                } while request.after != nil
                let marks = try await storage.marks(dataflow: dataflowID(1), after: nil, limit: 9)
                try expectEqual(marks.map(\.key.profile), [profileID(3), profileID(4)])
                try expectEqual(marks.map(\.reasons), [.replay, .replay])
                try await storage.dropMarks(of: dataflowID(1))
            }
            try expectEqual(try await storage.marks(dataflow: dataflowID(2), after: nil, limit: 9), [])
        },
    ]
}
