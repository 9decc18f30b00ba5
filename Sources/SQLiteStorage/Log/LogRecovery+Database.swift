import ActivationEngine
import CommitLog

extension Connection {
    /// What tells the database's commit log from that of another one, and the number of the last entry performed in it.
    func commitLogPlace() throws(StorageError) -> (id: UInt64, applied: UInt64) {
        let place = try prepare("SELECT id, applied FROM commit_log")
        guard try place.next(), place.integer(0) >= 0, (0..<CommitLog.numbersEnd).contains(place.integer(1)) else {
            throw StorageError(
                .corrupt,
                "the row that tells how far the commit log is performed is missing or cannot be; restore the database from a "
                    + "backup"
            )
        }
        defer { place.reset() }
        return (UInt64(place.integer(0)), UInt64(place.integer(1)))
    }
}

extension LogRecovery {
    /// Looks through the commit log of a database as it is; nil of a database from before there were logs.
    init?(_ volume: any LogVolume, of connection: Connection, schema: Int64) throws(StorageError) {
        guard schema >= Migration.commitLog.number else { return nil }
        let place = try connection.commitLogPlace()
        try self.init(volume, id: place.id, after: place.applied)
    }
}

extension Generation {
    /// Everything that a log still holds.
    init(_ log: LogRecovery) throws(StorageError) {
        try log.forEach { (entry) throws(StorageError) in
            let change = try LoggedChange(kind: entry.kind, bytes: entry.bytes)
            try add(change, number: entry.number, bytes: entry.bytes.count)
        }
    }
}
