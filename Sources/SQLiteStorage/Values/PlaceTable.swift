import ActivationEngine

/// Where records of profiles stand, as a connection sees it: the places of 64 neighbouring rows in one row of the database, so that
/// few pages hold the places of many.
final class PlaceTable {
    private let find: Statement
    private let write: Statement
    private let remove: Statement
    private let scan: Statement
    /// Places that were changed and are not written yet, of the rows of one group.
    private var changed: (group: Int64, bytes: [UInt8])?

    private static let groupBits: Int64 = 6
    private static let lastOfGroup: Int64 = 1 << groupBits - 1
    private static let groupBytes = Int(lastOfGroup + 1) * ValuePlace.bytes

    init(_ connection: Connection) throws(StorageError) {
        find = try connection.prepare("SELECT places FROM profile_place WHERE number = ?1")
        write = try connection.prepare("INSERT OR REPLACE INTO profile_place (number, places) VALUES (?1, ?2)")
        remove = try connection.prepare("DELETE FROM profile_place WHERE number = ?1")
        scan = try connection.prepare("SELECT number, places FROM profile_place WHERE number >= ?1 ORDER BY number")
    }

    // MARK: Reading

    /// Where the record of a row's profile stands; nil = nowhere.
    func place(of row: Int64) throws(StorageError) -> ValuePlace? {
        if let changed, changed.group == row >> Self.groupBits { return try Self.place(of: row, in: changed.bytes) }
        find.bind(1, row >> Self.groupBits)
        defer { find.reset() }
        guard try find.next() else { return nil }
        return try Self.place(of: row, in: try bytes(find, 0))
    }

    /// Visits every place, in the order of rows, until it is told to stop.
    ///
    /// - Parameters:
    ///   - row: The row behind which it begins.
    ///   - visit: Gets each row with its place; answers whether to go on.
    /// - Returns: Whether all were visited.
    /// - Throws: `corrupt` when they cannot be read, and what `visit` throws.
    @discardableResult
    func forEach(
        after row: Int64 = .min,
        _ visit: (_ row: Int64, _ place: ValuePlace) throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool {
        try flush()
        scan.bind(1, row >> Self.groupBits)
        defer { scan.reset() }
        while try scan.next() {
            let bytes = try bytes(scan, 1)
            let first = scan.integer(0) << Self.groupBits
            for number in first...first | Self.lastOfGroup where number > row {
                guard let place = try Self.place(of: number, in: bytes) else { continue }
                if try !visit(number, place) { return false }
            }
        }
        return true
    }

    /// The files that places name.
    func files() throws(StorageError) -> Set<UInt32> {
        var files = Set<UInt32>()
        try forEach { _, place in
            files.insert(place.file)
            return true
        }
        return files
    }

    private func bytes(_ row: Statement, _ column: Int32) throws(StorageError) -> [UInt8] {
        let bytes = row.bytes(column)
        guard bytes.count == Self.groupBytes else { throw Self.damaged }
        return bytes
    }

    private static let damaged = StorageError(
        .corrupt,
        "the places of profiles' values cannot be; restore the database from a backup"
    )

    private static func place(of row: Int64, in bytes: [UInt8]) throws(StorageError) -> ValuePlace? {
        var number: Int64 = 0
        let start = Int(row & lastOfGroup) * ValuePlace.bytes
        for index in (start..<start + ValuePlace.bytes).reversed() { number = number << 8 | Int64(bytes[index]) }
        if number == 0 { return nil }
        // What is no place must not be taken for none: there is nothing in the row then.
        guard let place = ValuePlace(rawValue: number) else { throw damaged }
        return place
    }

    // MARK: Writing

    /// Notes where the record of a row's profile stands; nil = nowhere.
    ///
    /// It is in the database after ``flush()``.
    func put(_ place: ValuePlace?, of row: Int64) throws(StorageError) {
        let group = row >> Self.groupBits
        if changed?.group != group {
            try flush()
            find.bind(1, group)
            defer { find.reset() }
            let none = [UInt8](repeating: 0, count: Self.groupBytes)
            changed = (group, try find.next() ? try bytes(find, 0) : none)
        }
        var number = place?.rawValue ?? 0
        let start = Int(row & Self.lastOfGroup) * ValuePlace.bytes
        for index in start..<start + ValuePlace.bytes {
            changed?.bytes[index] = UInt8(truncatingIfNeeded: number)
            number >>= 8
        }
    }

    /// Writes what was changed.
    func flush() throws(StorageError) {
        guard let (group, bytes) = changed else { return }
        if bytes.contains(where: { $0 != 0 }) {
            write.bind(1, group)
            write.bind(2, bytes)
            try write.run()
        } else {
            remove.bind(1, group)
            try remove.run()
        }
        changed = nil
    }

    /// Forgets what was changed by a transaction that is taken back.
    func rollback() {
        changed = nil
    }
}
