#if PostgreSQL
package import ActivationCore
package import ActivationEngine
package import StorageCommon

/// A store that is being filled with the rows of one of another kind.
///
/// It is made under a name of its own, under which no server looks for it, and gets its real one with all others of the same copy
/// (``finish(_:)``): who stops in between leaves nothing that could be taken for a store, and the next copy clears it away. Used by one
/// thread at a time.
package final class PostgresCopy: CopyTarget {
    /// Which store it becomes.
    package let store: UUIDBytes
    private let options: PostgresOptions
    private let draft: PostgresOptions
    private let connection: PostgresConnection
    private var profiles: CopiedProfiles
    private let lastProfile: Int64
    /// The greatest number of anything that takes its numbers from the lane.
    private var lastRecord: Int64 = 0
    private var waiting: [[CopiedValue]] = []
    private var waitingBytes = 0

    /// Rows and bytes that are written together.
    private static let rowsMax = 1_000
    private static let bytesMax = 4 << 20
    /// Rows that are read back together; each may be long.
    private static let pageRows = 200

    /// Makes an empty draft.
    ///
    /// - Parameters:
    ///   - options: Where the store is to be.
    ///   - last: The last number that was given to a profile in the store that is copied.
    /// - Throws: `notAStore` when a store is there already; `unavailable` when nobody answers.
    package init(_ options: PostgresOptions, lastProfile last: Int64) throws(StorageError) {
        self.options = options
        var draft = options
        draft.schema += ".copying"
        self.draft = draft
        lastProfile = last
        profiles = CopiedProfiles(last: last)
        guard try Self.store(at: options) == nil else {
            throw StorageError(
                .notAStore,
                "schema \(options.schema) of the database holds a store already, and nothing in it is overwritten; name another "
                    + "database, or drop the schema"
            )
        }
        connection = try PostgresConnection(draft, name: "headwater copy", patience: nil)
        try connection.executeSchema(
            "DROP SCHEMA IF EXISTS \(draft.quotedSchema) CASCADE",
            of: "the removal of an interrupted copy"
        )
        try PostgresMigrator(connection, draft).run()
        // The copied one has its own.
        try connection.executeSchema("DELETE FROM history_chain", of: "the making of the tables")
        let row = try connection.run(PostgresCall(PostgresStatements.cluster))
        guard row.count == 1 else { throw StorageError(.io, "the tables that were just made are not there") }
        store = try row.uuid(0, 1)
    }

    // MARK: Writing

    /// Writes a row, sooner or later; see ``flush(_:)``.
    ///
    /// - Returns: The row as it has to be found there.
    /// - Throws: `corrupt` when it cannot be one; `full` or `unavailable` when it cannot be written.
    package func add(_ row: [CopiedValue], to table: CopiedTable) throws(StorageError) -> [CopiedValue] {
        var row = row
        if table.name == "control_object", row.count == 7, case .bytes(let kind) = row[1],
            case .bytes(let body) = row[6]
        {
            row[6] = .bytes(StoredPositions.moved(kind: kind, body: body) { profiles.position($0) })
        }
        waiting.append(row)
        waitingBytes += row.reduce(0) { if case .bytes(let bytes) = $1 { $0 + bytes.count } else { $0 } }
        if waiting.count >= Self.rowsMax || waitingBytes >= Self.bytesMax { try flush(table) }
        return row
    }

    /// Writes what waits of a table.
    package func flush(_ table: CopiedTable) throws(StorageError) {
        guard !waiting.isEmpty else { return }
        let placed = PlacedTable(table)
        var columns = table.columns.map { CopiedColumn($0.kind) }
        var shards: [Int16] = []
        for row in waiting {
            guard row.count == columns.count else {
                throw StorageError(.corrupt, "a row of \(table.name) has another number of columns")
            }
            let row = try place(row, of: table, &shards)
            for index in columns.indices { try columns[index].append(row[index]) }
        }
        let values = (placed.hasShard ? [PostgresValue.int2s(shards)] : []) + columns.map(\.value)
        _ = try connection.run(PostgresCall(placed.insertion, values))
        waiting.removeAll(keepingCapacity: true)
        waitingBytes = 0
    }

    /// A row with the numbers that it has here.
    private func place(
        _ row: [CopiedValue],
        of table: CopiedTable,
        _ shards: inout [Int16]
    ) throws(StorageError) -> [CopiedValue] {
        var row = row
        func number(_ index: Int) throws(StorageError) -> Int64 {
            guard row.indices.contains(index), case .number(let number) = row[index] else { throw Self.damaged(table) }
            return number
        }
        switch table.name {
        case "identity":
            guard case .bytes(let namespace) = row[1], case .bytes(let value) = row[2],
                let scope = Int32(exactly: try number(0)),
                let namespace = String(validating: namespace, as: UTF8.self),
                let value = String(validating: value, as: UTF8.self)
            else { throw Self.damaged(table) }
            let identity = Identity(namespace: namespace, value: value)
            let profile = try number(3)
            shards.append(try profiles.place(identity, of: profile, in: scope))
            row[3] = .number(try profiles.row(profile))
        case "profile":
            guard case .bytes(let id) = row[2], let id = UUIDBytes(bytes: id) else { throw Self.damaged(table) }
            let placed = try profiles.row(try number(1), of: Profile.ID(uuid: id))
            shards.append(CopiedProfiles.shard(of: placed))
            row[1] = .number(placed)
        case "event":
            let placed = try profiles.row(try number(0))
            shards.append(CopiedProfiles.shard(of: placed))
            row[0] = .number(placed)
        case "backfill": row[2] = .number(profiles.position(try number(2)))
        case "outbox", "dead_letter": lastRecord = max(lastRecord, try number(1))
        case "delivery": lastRecord = max(lastRecord, try number(3))
        case "erasure": lastRecord = max(lastRecord, try number(4))
        default: break
        }
        return row
    }

    private static func damaged(_ table: CopiedTable) -> StorageError {
        StorageError(
            .corrupt,
            "a row of \(table.name) is not what it should be; look at the directory with headwater doctor"
        )
    }

    // MARK: Reading back

    /// Visits every row of a table as it is here, with the numbers that it had before.
    ///
    /// - Throws: `corrupt` when one cannot be read; `unavailable` when the connection is lost.
    package func forEachRow(
        of table: CopiedTable,
        _ visit: ([CopiedValue]) throws(StorageError) -> Void
    ) throws(StorageError) {
        let placed = PlacedTable(table)
        var last: [PostgresValue] = []
        while true {
            let rows = try connection.run(
                PostgresCall(placed.page(isFirst: last.isEmpty), last + [.int8(Int64(Self.pageRows))])
            )
            for index in 0..<rows.count {
                var row: [CopiedValue] = []
                row.reserveCapacity(table.columns.count)
                for (position, column) in zip(Int32(0)..., table.columns) {
                    row.append(try rows.copied(index, position, column.kind))
                }
                try visit(row)
            }
            guard rows.count == Self.pageRows else { return }
            last = []
            for (position, key) in zip(Int32(table.columns.count)..., placed.key) {
                last.append(try rows.value(rows.count - 1, position, key.type))
            }
        }
    }

    // MARK: Finishing

    /// Sets what the store counts by, when all tables are there.
    ///
    /// - Throws: `unavailable` when the connection is lost.
    package func seal() throws(StorageError) {
        let raised = PostgresCall(PostgresStatements.raiseLane, .int2(0), .int8(lastRecord), .int8(lastProfile))
        _ = try connection.run(raised)
        // The first plans are made with what this says.
        try connection.executeSchema(
            "ANALYZE profile, identity, event, outbox, dead_letter, delivery",
            of: "the analysis of the tables"
        )
    }

    /// Gives copies the names under which a server looks for them, all together or none.
    ///
    /// - Throws: `notAStore` when something else has one of the names; `unavailable` when the connection is lost, and then it may or may
    ///   not have been done.
    package static func finish(_ copies: [PostgresCopy]) throws(StorageError) {
        guard let first = copies.first else { return }
        for copy in copies {
            guard try PostgresCopy.store(at: copy.draft) == copy.store else {
                throw StorageError(
                    .conflict,
                    "somebody else copies into the same database; nothing of this copy is kept"
                )
            }
        }
        let names = copies.map { copy in
            // A schema that somebody made for the server is empty.
            """
            DROP SCHEMA IF EXISTS \(copy.options.quotedSchema);
            ALTER SCHEMA \(copy.draft.quotedSchema) RENAME TO \(copy.options.quotedSchema);
            """
        }
        // Those that wrote may have been idle for long.
        let connection = try PostgresConnection(first.draft, name: "headwater copy")
        do throws(StorageError) {
            try connection.executeSchema(names.joined(separator: "\n"), of: "the naming of the copies")
        } catch {
            guard error.code != .unavailable else { throw error }
            let schemas = copies.map(\.options.schema).joined(separator: ", ")
            throw StorageError(
                .notAStore,
                "the copy is whole, but cannot get its name: another schema has it (\(schemas)) and is not empty, or this role may "
                    + "not rename; see to that and copy again"
            )
        }
    }

    /// Which store is at a place; nil = there is none.
    ///
    /// - Throws: `unavailable` when nobody answers.
    package static func store(at options: PostgresOptions) throws(StorageError) -> UUIDBytes? {
        let connection = try PostgresConnection(options, name: "headwater copy")
        guard try connection.run(PostgresCall(PostgresStatements.isThere)).bool(0, 0) else { return nil }
        let row = try connection.run(PostgresCall(PostgresStatements.cluster))
        return row.count == 1 ? try row.uuid(0, 1) : nil
    }

    /// Removes the draft, as far as that can be done.
    package func discard() {
        try? connection.executeSchema("DROP SCHEMA IF EXISTS \(draft.quotedSchema) CASCADE")
    }
}
#endif
