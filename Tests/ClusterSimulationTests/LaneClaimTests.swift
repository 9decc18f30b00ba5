import ActivationCore
import ActivationEngine
import StorageCommon
import Testing

@Suite struct LaneClaimTests {
    private static let flow = Dataflow.ID(uuid: UUIDBytes(high: 0xF, low: 1))

    private static func profile(_ number: UInt64) -> Profile.ID { Profile.ID(uuid: UUIDBytes(high: 1, low: number)) }

    private static func row(_ row: Int64, _ kind: LaneRowKind, of number: UInt64) -> SharedContent.Row {
        var record = OutboxRow(
            row: row,
            dataflow: flow,
            profile: profile(number),
            mergePolicy: SharedTraffic.policy.id,
            revision: row,
            reasons: .membership,
            partitionKey: "key",
            payload: [],
            admittedAt: SharedTraffic.start
        )
        record.row = row
        return SharedContent.Row(row: row, kind: kind, profile: profile(number), record: kind == .record ? record : nil)
    }

    /// Claims what may be claimed now, as row numbers.
    private static func claim(_ rows: [SharedContent.Row], _ ledger: inout ClaimLedger, perProfile: Int = 3) throws
        -> [Int64]
    {
        let request = ClaimRequest(dataflow: flow, limit: 10, limitPerProfile: perProfile)
        var claim = Claim(request, in: 1...100, from: SnapshotRows(rows: rows), scannedRowsMax: 100)
        try claim.run(&ledger)
        return claim.rows.map(\.row) + claim.others.map(\.row)
    }

    @Test func `a gate is met when all before it has left, and nothing goes past it`() throws {
        let rows = [
            Self.row(1, .record, of: 1), Self.row(2, .record, of: 1), Self.row(3, .gate, of: 1),
            Self.row(4, .record, of: 1), Self.row(5, .record, of: 2), Self.row(6, .record, of: 1),
        ]
        var ledger = ClaimLedger(before: 0)
        #expect(try Self.claim(rows, &ledger) == [1, 2, 5])
        ledger.settle([2])
        #expect(try Self.claim(rows, &ledger) == [])
        ledger.settle([1])
        #expect(try Self.claim(rows, &ledger) == [3])
        #expect(try Self.claim(rows, &ledger) == [])
        ledger.settle([3])
        #expect(try Self.claim(Array(rows[3...]), &ledger) == [4, 6])
    }

    @Test func `a marker has its turn when everything of its profile is settled, gates too`() throws {
        let rows = [
            Self.row(1, .gate, of: 1), Self.row(2, .record, of: 1), Self.row(3, .void, of: 1),
            Self.row(4, .marker, of: 1),
        ]
        var ledger = ClaimLedger(before: 0)
        for row in rows.indices {
            #expect(try Self.claim(Array(rows[row...]), &ledger) == [rows[row].row])
            #expect(try Self.claim(Array(rows[row...]), &ledger) == [])
            ledger.settle([rows[row].row])
        }
    }

    @Test func `somebody who begins anew meets gates and markers again`() throws {
        let rows = [Self.row(1, .gate, of: 1), Self.row(2, .record, of: 1), Self.row(3, .marker, of: 2)]
        var ledger = ClaimLedger(before: 0)
        #expect(try Self.claim(rows, &ledger) == [1, 3])
        ledger = ClaimLedger(before: 0)
        #expect(try Self.claim(rows, &ledger) == [1, 3])
    }

    @Test func `what is given back is found again, whatever it is`() throws {
        let rows = [Self.row(1, .record, of: 1), Self.row(2, .gate, of: 1), Self.row(3, .record, of: 1)]
        var ledger = ClaimLedger(before: 0)
        #expect(try Self.claim(rows, &ledger) == [1])
        ledger.settle([1])
        #expect(try Self.claim(Array(rows[1...]), &ledger) == [2])
        ledger.giveBack([2])
        #expect(try Self.claim(Array(rows[1...]), &ledger) == [2])
    }

    @Test func `a merge leaves a marker and a gate for each dataflow, before the records of its plan`() {
        var plan = CommitPlan(scope: .production)
        for absorbed in [2, 3] as [UInt64] {
            let stored = StoredProfile(row: Int64(absorbed), id: Self.profile(absorbed), revision: 1, value: [])
            plan.merges.append(CommitPlan.ProfileMerge(absorbed: stored, survivor: Self.profile(1)))
        }
        if let record = Self.row(0, .record, of: 1).record { plan.outbox = [record] }
        let entries = LaneEntries(of: plan) {
            Int16($0.uuid.low % 2)
        } dataflows: { _ in
            [Self.flow]
        }
        #expect(entries.counts == [0: 1, 1: 4])
        #expect(
            entries.entries.map(\.content) == [
                .marker(gate: LaneEntries.Place(lane: 1, offset: 1)), .gate(absorbed: Self.profile(2), lane: 0),
                .marker(gate: LaneEntries.Place(lane: 1, offset: 3)), .gate(absorbed: Self.profile(3), lane: 1),
                .record(0),
            ]
        )
        #expect(entries.entries.map(\.place.offset) == [1, 1, 2, 3, 4])
    }
}
