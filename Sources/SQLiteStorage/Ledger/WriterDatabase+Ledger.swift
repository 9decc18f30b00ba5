import ActivationCore
import ActivationEngine

/// The ledger of what was delivered (BEHAVIOUR 3.11).
extension WriterDatabase {
    /// Rows of a table of the ledger that one step lets go.
    private static let forgottenMax: Int64 = 5_000

    /// Enters a row that was delivered; revision 0 = after its profile was deleted.
    func noteDelivery(
        _ settlement: OutboxSettlement,
        of profile: Profile.ID,
        revision: Int64 = 0
    ) throws(StorageError) {
        guard ledgerDays > 0, let receipt = settlement.receipt else { return }
        let statement = statements.noteDelivery
        statement.bind(1, settlement.row)
        statement.bind(2, Self.day(of: receipt.at))
        statement.bind(3, receipt.at.milliseconds)
        statement.bind(4, bytesOf: receipt.text)
        statement.bind(5, profile.uuid)
        statement.bind(6, revision)
        try statement.run()
    }

    /// Enters what was delivered and came by the commit log.
    func noteDeliveries(of generation: Generation) throws(StorageError) {
        guard ledgerDays > 0 else { return }
        var days: [Int64: [LedgerEntry]] = [:]
        for case .settlement(let settlement) in generation.steps {
            for delivery in settlement.deliveries {
                guard let receipt = delivery.receipt else { continue }
                days[Self.day(of: receipt.at), default: []].append(
                    LedgerEntry(
                        key: LedgerEntry.Key(profile: delivery.profile.uuid, row: delivery.row),
                        revision: delivery.revision,
                        deliveredAt: receipt.at,
                        receipt: Array(receipt.text.utf8)
                    )
                )
            }
        }
        for (day, entries) in days.sorted(by: { $0.key < $1.key }) {
            try ledgerRuns.enter(entries.sorted { $0.key < $1.key }, on: day)
        }
    }

    /// Gives what was delivered of a profile to another: nothing is written anew, readers follow.
    func handOnDeliveries(
        of profile: Profile.ID,
        to survivor: Profile.ID,
        in scope: Scope
    ) throws(StorageError) {
        guard profile != survivor else { return }
        let statement = statements.addHeir
        statement.bind(1, scope.rawValue)
        statement.bind(2, profile.uuid)
        statement.bind(3, survivor.uuid)
        statement.bind(4, lastInstant.map(Self.day) ?? 0)
        try statement.run()
    }

    /// The profile that has what was delivered of one; itself when nobody took over.
    func heir(of profile: Profile.ID, in scope: Scope) throws(StorageError) -> Profile.ID {
        let statement = statements.findHeir
        statement.bind(1, scope.rawValue)
        statement.bind(2, profile.uuid)
        defer { statement.reset() }
        return try statement.next() ? Profile.ID(uuid: try statement.uuid(0)) : profile
    }

    /// Lets some of what is too old for the ledger go, as of the last message.
    func forgetOldDeliveries() throws(StorageError) {
        guard let now = lastInstant else { return }
        let first = Self.day(of: now) - Int64(ledgerDays)
        let (day, dayOfRuns) = (try oldest(statements.oldestDelivery), try ledgerRuns.oldest())
        let dayOfHeirs = try oldest(statements.oldestHeir)
        guard [day, dayOfRuns, dayOfHeirs].contains(where: { $0 ?? first < first }) else { return }
        try transaction { () throws(StorageError) in
            if let day, day < first {
                statements.forgetDeliveries.bind(1, day)
                statements.forgetDeliveries.bind(2, Self.forgottenMax)
                try statements.forgetDeliveries.run()
            }
            if let dayOfRuns, dayOfRuns < first { try ledgerRuns.forget(dayOfRuns, limit: Self.forgottenMax) }
            statements.forgetHeirs.bind(1, first)
            statements.forgetHeirs.bind(2, Self.forgottenMax)
            try statements.forgetHeirs.run()
        }
    }

    private func oldest(_ statement: Statement) throws(StorageError) -> Int64? {
        defer { statement.reset() }
        return try statement.next() ? statement.optionalInteger(0) : nil
    }

    /// When the last message came.
    private var lastInstant: Timestamp? { tallies.scopes.values.lazy.compactMap(\.admission?.instant).max() }

    static func day(of instant: Timestamp) -> Int64 { instant.milliseconds / 86_400_000 }
}
