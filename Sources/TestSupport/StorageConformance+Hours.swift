import ActivationCore
import ActivationEngine

/// The hours of the books.
extension StorageConformance {
    private static func instant(_ hour: Int64, _ minute: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: (hour * 60 + minute) * 60_000)
    }

    private static func admit(_ triggered: Int64, at instant: Timestamp, to storage: Subject) async throws {
        try await commit(to: storage) { plan in
            plan.admission = AdmissionMark(instant: instant, sequence: AdmissionSequence(rawValue: 1 << 10))
            plan.counters = [
                dataflowID(1): DataflowCounters(triggered: triggered, suppressedDisabled: triggered)
            ]
        }
    }

    private static func expectHours(_ expected: [(Int64, DataflowCounters)], in storage: Subject) async throws {
        let hours = try await storage.bookedHours(dataflow: dataflowID(1))
        let told = AudienceBooks()
        try expectEqual(
            hours,
            expected.map { BookedHour(start: instant($0.0), counters: $0.1, audiences: told) }
        )
        // Of several at once, and from any of the hours.
        for first in expected.indices {
            let later = try await storage.bookedHours(
                of: [dataflowID(9), dataflowID(1)],
                since: instant(expected[first].0, 59)
            )
            try expectEqual(
                later[dataflowID(1)],
                expected[first...].map { BookedHour(start: instant($0.0), counters: $0.1) }
            )
            try expectEqual(later[dataflowID(9)], [])
        }
    }

    private static func suppressed(_ count: Int64) -> DataflowCounters {
        DataflowCounters(triggered: count, suppressedDisabled: count)
    }

    static let hourChecks: [Check] = [
        Check(name: "the books are kept by the hour, over a restart, and the hours make up the books") { factory in
            let storage = try await factory.make()
            try await expectHours([], in: storage)
            try await admit(1, at: instant(100, 59), to: storage)
            try await admit(2, at: instant(101), to: storage)
            try await admit(3, at: instant(101, 30), to: storage)

            let reopened = try await factory.reopen(storage)
            try await admit(4, at: instant(101, 59), to: reopened)
            try await admit(5, at: instant(200), to: reopened)

            try await expectHours([(100, suppressed(1)), (101, suppressed(9)), (200, suppressed(5))], in: reopened)
            try await expectBooks(suppressed(15), in: reopened)
        },
        Check(name: "how records end belongs to the hour in which that became known") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.admission = AdmissionMark(instant: instant(7), sequence: AdmissionSequence(rawValue: 1 << 10))
                plan.outbox = [record("1", of: 1), record("2", of: 2), record("3", of: 3)]
                plan.counters = [dataflowID(1): DataflowCounters(triggered: 3)]
            }
            let rows = try await claim(storage)
            let receipt = OutboxSettlement.Receipt(text: "r", at: instant(8, 1))
            try await storage.settle(
                dataflow: dataflowID(1),
                [OutboxSettlement(row: rows[0].row, outcome: .delivered, receipt: receipt)]
            )
            try await settle([rows[1]], in: storage)
            try await settle([rows[2]], in: storage, as: .parked(code: "c", message: "m", at: instant(9)))

            let expected = [
                (7, DataflowCounters(triggered: 3)), (8, DataflowCounters(delivered: 2)),
                (9, DataflowCounters(parked: 1)),
            ]
            try await expectHours(expected.map { (Int64($0.0), $0.1) }, in: storage)
        },
        Check(name: "a clock that was set back gives no hour of the past, and a time before 1970 is one") { factory in
            let storage = try await factory.make()
            try await admit(1, at: instant(0, -1), to: storage)
            try await admit(2, at: instant(5), to: storage)
            try await admit(3, at: instant(4, 59), to: storage)
            try await expectHours([(-1, suppressed(1)), (5, suppressed(5))], in: storage)
        },
        Check(name: "hours go after thirty days, and all of a dataflow with its last record") { factory in
            let storage = try await factory.make()
            try await admit(1, at: instant(1_000), to: storage)
            try await admit(2, at: instant(1_001), to: storage)
            try await admit(3, at: instant(1_001 + BookedHour.keptHours), to: storage)
            try await expectHours(
                [(1_001, suppressed(2)), (1_001 + BookedHour.keptHours, suppressed(3))],
                in: storage
            )

            try await storage.discardOutbox(dataflow: dataflowID(1))

            try await expectHours([], in: storage)
            try await expectBooks(suppressed(6), in: storage)
            try await admit(4, at: instant(1_001 + BookedHour.keptHours, 30), to: storage)
            try await expectHours([(1_001 + BookedHour.keptHours, suppressed(4))], in: storage)
        },
    ]
}
