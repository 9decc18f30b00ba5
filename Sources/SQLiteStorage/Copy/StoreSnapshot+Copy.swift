import ActivationCore
package import ActivationEngine
package import StorageCommon

/// The tables of a store for whoever copies them into one of another kind.
extension StoreSnapshot: CopiedStore {
    /// Visits every row of a table, with the columns that ``StorageCommon/CopiedTable`` names.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - visit: Gets each row.
    /// - Throws: `corrupt` when one cannot be read, and what `visit` throws.
    package func forEachRow(
        of table: CopiedTable,
        _ visit: ([CopiedValue]) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard isOfThisVersion else {
            throw StorageError(
                .outdated,
                "the store is of schema \(schema); start and stop a server of this version first"
            )
        }
        switch table.name {
        case "profile": try forEachProfile(visit)
        case "delivery":
            try forEachRow(of: table, CopySource.deliveries, visit)
            try forEachLoggedDelivery(visit)
        default:
            guard let text = CopySource.texts[table.name] else {
                throw StorageError(.notAStore, "this program does not know how to copy \(table.name)")
            }
            try forEachRow(of: table, text) { row throws(StorageError) in
                try visit(table.name == "control_object" ? Self.withPlainRows(row) : row)
            }
        }
    }

    /// An object of the configuration in which rows of outboxes are what ``CopySource`` makes of them: without the dataflow's number.
    private static func withPlainRows(_ row: [CopiedValue]) -> [CopiedValue] {
        guard row.count == 7, row[1] == .bytes(Array("formerTarget".utf8)), case .bytes(let body) = row[6],
            case .object(var object)? = try? JSONValue(parsing: body), let through = object["through"]?.int64
        else { return row }
        object["through"] = .integer(through & RowSpace.outboxNumber)
        var row = row
        row[6] = .bytes(Array(JSONValue.object(object).text.utf8))
        return row
    }

    /// The last number that a profile was given in any scope; none may be given again.
    package func lastProfileRow() throws(StorageError) -> Int64 {
        try connection.integer("SELECT ifnull(max(profile_row_last), 0) FROM scope")
    }

    private func forEachRow(
        of table: CopiedTable,
        _ text: String,
        _ visit: ([CopiedValue]) throws(StorageError) -> Void
    ) throws(StorageError) {
        let rows = try connection.prepare(text)
        while try rows.next() {
            var row: [CopiedValue] = []
            row.reserveCapacity(table.columns.count)
            for (index, column) in zip(Int32(0)..., table.columns) { row.append(try rows.copied(index, column)) }
            try visit(row)
        }
    }

    private func forEachProfile(_ visit: ([CopiedValue]) throws(StorageError) -> Void) throws(StorageError) {
        let rows = try connection.prepare("SELECT row, id, revision, value, due, scope FROM profile ORDER BY row")
        let places = try PlaceTable(connection)
        while try rows.next() {
            let profile = try rows.profile(places, values)
            try visit([
                .number(rows.integer(5)), .number(profile.row), .bytes(rows.bytes(1)), .number(profile.revision),
                profile.due.map { .number($0.milliseconds) } ?? .null, .bytes(profile.value),
            ])
        }
    }

    private func forEachLoggedDelivery(
        _ visit: ([CopiedValue]) throws(StorageError) -> Void
    ) throws(StorageError) {
        // Entries of a day in which a merge of runs is under way stand in one of them only.
        let blocks = try connection.prepare("SELECT day, entries FROM delivery_block ORDER BY day, run, first")
        while try blocks.next() {
            for entry in try LedgerBlock.entries(in: blocks.bytes(1)) {
                try visit([
                    .number(blocks.integer(0)), .bytes(Array(entry.key.bytes.prefix(16))),
                    .number(entry.key.row >> RowSpace.outboxBits), .number(entry.key.row & RowSpace.outboxNumber),
                    .number(entry.revision), .number(entry.deliveredAt.milliseconds), .bytes(entry.receipt),
                ])
            }
        }
    }
}

extension Statement {
    /// A column as it is copied.
    fileprivate func copied(_ index: Int32, _ column: CopiedTable.Column) throws(StorageError) -> CopiedValue {
        switch column.kind {
        case .int2, .int4, .int8, .profileRow, .position:
            return optionalInteger(index).map { .number($0) } ?? .null
        case .bytes: return isNull(index) ? .null : .bytes(bytes(index))
        case .uuid:
            let bytes = bytes(index)
            guard bytes.count == 16 else {
                throw StorageError(
                    .corrupt,
                    "a stored id has \(bytes.count) bytes where 16 belong; restore the database from a backup"
                )
            }
            return .bytes(bytes)
        }
    }
}
