import ActivationEngine
import CommitLog
import StorageCommon

extension StoreSnapshot {
    /// Compares what the database says of the value files with what there is; what stands in them, ``profileFindings(_:at:)``
    /// reads.
    func valuesFinding() throws(StorageError) -> StoreFinding {
        let accounts = try connection.valueFileAccounts()
        var live: [UInt32: Int] = [:]
        var (all, strays): (Int64, Int64) = (0, 0)
        let profile = try connection.prepare("SELECT 1 FROM profile WHERE row = ?1")
        try PlaceTable(connection).forEach { row, place throws(StorageError) in
            live[place.file, default: 0] += place.slots
            all += 1
            profile.bind(1, row)
            if try !profile.next() { strays += 1 }
            profile.reset()
            return true
        }
        var (missing, miscounted): (Int64, Int64) = (0, 0)
        for (number, account) in accounts where account.live > 0 {
            let bytes = try? values?.file(number).size()
            if bytes ?? 0 < account.used * ValuePlace.slotBytes { missing += 1 }
        }
        for number in Set(live.keys).union(accounts.keys) where live[number] ?? 0 != accounts[number]?.live ?? 0 {
            miscounted += 1
        }
        return .of(
            "values",
            tried: "files with values of profiles",
            wrong: [
                (missing, "of \(accounts.count) files are missing or too short"),
                (miscounted, "of \(accounts.count) files hold other values than are counted"),
                (strays, "of \(all) values are of no profile"),
            ],
            right: "\(all) values in \(accounts.count) files, as counted",
            advice: Self.restoreAdvice
        )
    }
}
