import ActivationCore

/// A dataflow's records that are in the log and not in the database: consecutive rows, some of which have left.
struct PendingOutbox: Sendable {
    /// A record that waits.
    struct Record: Sendable {
        var row: OutboxRow
        /// The entry of the log that it came with.
        var entry: UInt64
    }

    /// The row of the first record.
    let first: Int64
    /// nil = it has left.
    private(set) var records: [Record?] = []
    /// Between which places a profile's records stand.
    private var ofProfile: [Profile.ID: ClosedRange<Int>] = [:]
    /// Records that wait.
    private(set) var count = 0
    /// Before this place none waits.
    private var start = 0

    init(first: Int64) {
        self.first = first
    }

    /// Adds the record of the next row.
    ///
    /// - Returns: Whether it is the next one; else nothing is done.
    mutating func append(_ row: OutboxRow, entry: UInt64) -> Bool {
        let place = records.count
        guard row.row == first + Int64(place) else { return false }
        let first = ofProfile[row.profile]?.lowerBound ?? place
        ofProfile[row.profile] = first...place
        records.append(Record(row: row, entry: entry))
        count += 1
        return true
    }

    private func place(of row: Int64) -> Int? {
        let place = row - first
        return place >= 0 && place < records.count ? Int(place) : nil
    }

    /// A record that waits.
    subscript(row: Int64) -> Record? { place(of: row).flatMap { records[$0] } }

    /// Whether a row was given to a record here.
    func covers(_ row: Int64) -> Bool { place(of: row) != nil }

    /// The first record after a row, nil when none waits there.
    func next(after row: Int64) -> Record? {
        var place = max(Int(clamping: row - first + 1), start)
        while place < records.count {
            if let record = records[place] { return record }
            place += 1
        }
        return nil
    }

    /// The last record that waits, came with an entry of the log up to one, and is wanted.
    func last(through entry: UInt64, where isWanted: (Int64) -> Bool) -> Record? {
        guard count > 0 else { return nil }
        for record in records.reversed() {
            if let record, record.entry <= entry, isWanted(record.row.row) { return record }
        }
        return nil
    }

    /// The first record of a profile within some rows that is wanted; nil when there is none.
    func first(
        of profile: Profile.ID,
        in rows: ClosedRange<Int64>,
        where isWanted: (Int64) -> Bool
    ) -> Record? {
        guard let places = ofProfile[profile] else { return nil }
        for place in places.lowerBound...places.upperBound {
            guard let record = records[place], record.row.profile == profile else { continue }
            if record.row.row > rows.upperBound { return nil }
            if record.row.row >= rows.lowerBound, isWanted(record.row.row) { return record }
        }
        return nil
    }

    /// Takes a record out.
    mutating func remove(_ row: Int64) -> Record? {
        guard let place = place(of: row), let record = records[place] else { return nil }
        records[place] = nil
        count -= 1
        while start < records.count, records[start] == nil { start += 1 }
        return record
    }
}
