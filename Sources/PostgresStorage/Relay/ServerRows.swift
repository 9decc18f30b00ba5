#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

/// The records of one dataflow that wait in the database.
struct ServerRows: WaitingRows {
    struct Visited: VisitedRow {
        let row: Int64
        let profile: Profile.ID
        fileprivate let rows: PostgresRows
        fileprivate let index: Int
        fileprivate let dataflow: Dataflow.ID

        func record() throws(StorageError) -> OutboxRow { try rows.record(index, of: dataflow) }
    }

    let connection: PostgresConnection
    let dataflow: Dataflow.ID
    let number: Int32
    let lane: Int16
    /// How many rows are read at once, at most.
    let limit: Int

    /// Rows of the first page, which may hold a MiB each.
    private static let firstPage = 32
    /// Bytes of records that a page is to have.
    private static let pageBytes = 8 << 20
    /// Rows of one profile that are looked at at once.
    private static let profilePage: Int64 = 64

    func scan(
        after row: Int64,
        through last: Int64,
        _ visit: (Visited) throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool {
        var before = row
        var page = min(limit, Self.firstPage)
        while before < last {
            let rows = try connection.run(
                PostgresCall(
                    PostgresStatements.scanOutbox,
                    .int2(lane),
                    .int4(number),
                    .int8(before),
                    .int8(last),
                    .int8(Int64(page))
                )
            )
            for index in 0..<rows.count {
                let row = try rows.int8(index, 0)
                guard row > before else {
                    throw StorageError(.corrupt, "rows of the outbox are not in order; restore the database")
                }
                before = row
                let profile = Profile.ID(uuid: try rows.uuid(index, 1))
                let visited = Visited(row: row, profile: profile, rows: rows, index: index, dataflow: dataflow)
                if try !visit(visited) { return false }
            }
            if rows.count < page { return true }
            page = max(1, min(limit, Self.pageBytes / max(rows.bytes(7) / rows.count, 1)))
        }
        return true
    }

    func first(
        of profile: Profile.ID,
        in rows: ClosedRange<Int64>,
        where isWanted: (Int64) -> Bool
    ) throws(StorageError) -> Int64? {
        var first = rows.lowerBound
        while first <= rows.upperBound {
            let found = try connection.run(
                PostgresCall(
                    PostgresStatements.outboxRowsOf,
                    .int2(lane),
                    .uuid(profile.uuid),
                    .int8(first),
                    .int8(rows.upperBound),
                    .int4(number),
                    .int8(Self.profilePage)
                )
            )
            for index in 0..<found.count {
                let row = try found.int8(index, 0)
                if isWanted(row) { return row }
                first = row &+ 1
            }
            if found.count < Self.profilePage { return nil }
        }
        return nil
    }

    func record(_ row: Int64) throws(StorageError) -> OutboxRow {
        let rows = try connection.run(
            PostgresCall(PostgresStatements.outboxRecord, .int2(lane), .int4(number), .int8(row))
        )
        guard rows.count == 1 else {
            throw StorageError(.conflict, "a record that waited has left meanwhile; claim again")
        }
        return try rows.record(0, of: dataflow)
    }
}
#endif
