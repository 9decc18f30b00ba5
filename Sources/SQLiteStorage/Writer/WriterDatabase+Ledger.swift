import ActivationCore
import ActivationEngine

/// The ledger of what was delivered (BEHAVIOUR 3.11).
extension WriterDatabase {
    /// Rows of the ledger that one step lets go.
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

    /// Gives what was delivered of a profile to another, day by day.
    func handOnDeliveries(
        of profile: Profile.ID,
        to survivor: Profile.ID,
        in scope: Scope
    ) throws(StorageError) {
        guard profile != survivor else { return }
        statements.handOnDeliveries.bind(3, scope.rawValue)
        statements.handOnDeliveries.bind(1, profile.uuid)
        statements.handOnDeliveries.bind(2, survivor.uuid)
        try statements.handOnDeliveries.run()
    }

    /// Lets some of what is too old for the ledger go, as of the last message.
    func forgetOldDeliveries() throws(StorageError) {
        guard let now = tallies.scopes.values.lazy.compactMap(\.admission?.instant).max() else { return }
        let first = Self.day(of: now) - Int64(ledgerDays)
        let oldest = try oldestDay()
        guard let oldest, oldest < first else { return }
        try transaction { () throws(StorageError) in
            statements.forgetDeliveries.bind(1, oldest)
            statements.forgetDeliveries.bind(2, Self.forgottenMax)
            try statements.forgetDeliveries.run()
        }
    }

    private func oldestDay() throws(StorageError) -> Int64? {
        defer { statements.oldestDelivery.reset() }
        return try statements.oldestDelivery.next() ? statements.oldestDelivery.optionalInteger(0) : nil
    }

    static func day(of instant: Timestamp) -> Int64 { instant.milliseconds / 86_400_000 }
}
