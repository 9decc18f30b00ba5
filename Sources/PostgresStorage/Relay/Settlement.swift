#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

/// What becomes of the records of one dataflow, column by column.
struct Settlement {
    /// A record that waits.
    struct Waiting {
        var profile: Profile.ID
        var revision: Int64
        var audiences: [Audience.ID]
    }

    private struct Delivered {
        var profile: Profile.ID
        var row: Int64
        var revision: Int64
        var receipt: OutboxSettlement.Receipt
    }

    private struct Parked {
        var row: Int64
        var code: String
        var message: String
        var at: Timestamp
    }

    private let dataflow: Int32
    private let lane: Int16 = 0
    /// Whether the records that were delivered have left already.
    private let haveLeft: Bool
    private var gone: [Int64] = []
    private var parked: [Parked] = []
    private var delivered: [Delivered] = []

    init(_ dataflow: Int32, haveLeft: Bool) {
        (self.dataflow, self.haveLeft) = (dataflow, haveLeft)
    }

    /// Enters how one record ended.
    ///
    /// - Parameters:
    ///   - end: How.
    ///   - waiting: The record; nil = it has left.
    ///   - ledger: Who has records in hand.
    ///   - keepsLedger: Whether deliveries are noted.
    ///   - change: Gets what is entered in the books.
    mutating func enter(
        _ end: OutboxSettlement,
        _ waiting: Waiting?,
        _ ledger: ClaimLedger?,
        keepsLedger: Bool,
        _ change: inout Change
    ) {
        var holder: (profile: Profile.ID, revision: Int64)?
        switch (end.outcome, waiting) {
        case (.delivered, let record?):
            holder = (record.profile, record.revision)
            gone.append(end.row)
            change.enter(DataflowCounters(delivered: 1), rows: -1, of: record.audiences, dataflow: dataflow)
        case (.delivered, nil):
            guard let profile = ledger?.claimant(of: end.row) else { return }
            // Its profile was deleted while it was on its way.
            holder = (profile, 0)
            let told = ledger?.audiences(toldBy: end.row) ?? []
            change.enter(DataflowCounters(delivered: 1, suppressedDeleted: -1), of: told, dataflow: dataflow)
        case (.parked(let code, let message, let at), let record?):
            gone.append(end.row)
            parked.append(Parked(row: end.row, code: code, message: message, at: at))
            change.enter(DataflowCounters(parked: 1), rows: -1, of: record.audiences, dataflow: dataflow)
        case (.recalled, nil):
            guard let profile = ledger?.claimant(of: end.row) else { return }
            holder = (profile, 0)
        case (.parked, nil), (.recalled, _?): return
        }
        guard keepsLedger, let holder, let receipt = end.receipt else { return }
        delivered.append(
            Delivered(profile: holder.profile, row: end.row, revision: holder.revision, receipt: receipt)
        )
    }

    /// Adds the statements.
    func write(_ change: inout Change) {
        let (lane, dataflow) = (PostgresValue.int2(lane), PostgresValue.int4(dataflow))
        if !parked.isEmpty {
            change.add(
                PostgresStatements.parkOutbox,
                lane,
                dataflow,
                .int8s(parked.map(\.row)),
                .texts(parked.map(\.code)),
                .texts(parked.map(\.message)),
                .int8s(parked.map(\.at.milliseconds))
            )
        }
        if !haveLeft { change.calls += RowRuns(of: gone).calls(PostgresStatements.deleteOutbox, lane, dataflow) }
        guard !delivered.isEmpty else { return }
        change.add(
            PostgresStatements.noteDeliveries,
            dataflow,
            .int8s(delivered.map { WriterDatabase.day(of: $0.receipt.at) }),
            .uuids(delivered.map(\.profile.uuid)),
            .int8s(delivered.map(\.row)),
            .int8s(delivered.map(\.revision)),
            .int8s(delivered.map(\.receipt.at.milliseconds)),
            .texts(delivered.map(\.receipt.text))
        )
    }
}
#endif
