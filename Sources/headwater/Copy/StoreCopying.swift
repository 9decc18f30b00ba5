#if PostgreSQL
import ActivationEngine
import PostgresStorage
import SQLiteStorage
import StorageCommon

/// One store's way from its directory into a database: written row by row, read back, and compared.
struct StoreCopying {
    private let departure: StoreDeparture
    private let copy: PostgresCopy
    /// The tables that are there by now.
    private(set) var tables: [TableCopy] = []

    /// Holds the directory, and makes an empty draft in the database.
    ///
    /// - Throws: What of the two is not there, or in use.
    init(_ departure: StoreDeparture, _ options: PostgresOptions) throws(StorageError) {
        self.departure = departure
        copy = try PostgresCopy(options, lastProfile: try departure.snapshot().lastProfileRow())
    }

    /// Copies all tables.
    ///
    /// - Parameter progress: Told which table it is, and how many rows of it are written, or are compared.
    /// - Throws: `corrupt` when something cannot be read or is not found as it was written.
    mutating func run(
        progress: (_ table: String, _ isComparing: Bool, _ rows: Int64) -> Void
    ) throws(StorageError) {
        let snapshot = try departure.snapshot()
        for table in CopiedTable.all {
            let copied = try TableCopy(of: table, from: snapshot, to: copy) { isComparing, rows in
                progress(table.name, isComparing, rows)
            }
            tables.append(copied)
        }
        try copy.seal()
    }

    /// Gives copies their names, and sets the files of the stores aside.
    ///
    /// - Parameter copies: The default sandbox's first.
    /// - Returns: Where those are now.
    /// - Throws: What is in the way; nothing has a name then, or all have and the same command sets the files aside.
    static func finish(_ copies: [StoreCopying]) throws(StorageError) -> [String] {
        for copy in copies { try copy.departure.note(copy.copy.store) }
        do throws(StorageError) {
            try PostgresCopy.finish(copies.map(\.copy))
        } catch {
            // Who does not know whether they have their names finds out the next time.
            if error.code != .unavailable { for copy in copies { copy.departure.forgetNote() } }
            throw error
        }
        return try setAside(copies.map(\.departure))
    }

    /// Sets the files of stores aside that are in the database, the default one's last: by its note the others are found.
    static func setAside(_ departures: [StoreDeparture]) throws(StorageError) -> [String] {
        var places: [String] = []
        for departure in departures.reversed() { places.append(try departure.setAside()) }
        return places.reversed()
    }

    /// Removes what was written.
    func discard() { copy.discard() }
}
#endif
