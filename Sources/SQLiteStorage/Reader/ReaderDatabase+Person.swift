import ActivationCore
import ActivationEngine

extension ReaderDatabase {
    /// See ``Storage/waitingRecords(_:)``.
    func waitingRecords(_ request: RecordsRequest) throws(StorageError) -> [OutboxRow] {
        var rows: [OutboxRow] = []
        try readRecords("outbox INDEXED BY outbox_profile", [], request) { statement throws(StorageError) in
            let row = try statement.outboxRow(of: Dataflow.ID(uuid: try statement.uuid(10)))
            rows.append(row)
            return row.payload.count
        }
        return rows
    }

    /// See ``Storage/deadLetters(_:)``.
    func deadLetters(_ request: RecordsRequest) throws(StorageError) -> [DeadLetter] {
        var letters: [DeadLetter] = []
        let columns = ["code", "message", "parked_at"]
        try readRecords("dead_letter INDEXED BY dead_letter_profile", columns, request) {
            statement throws(StorageError) in
            let letter = DeadLetter(
                record: try statement.outboxRow(of: Dataflow.ID(uuid: try statement.uuid(10))),
                code: try statement.text(11),
                message: try statement.text(12),
                parkedAt: Timestamp(milliseconds: statement.integer(13))
            )
            letters.append(letter)
            return letter.record.payload.count
        }
        return letters
    }

    /// Reads records of a profile until there are as many, or as many bytes of them, as were asked for.
    ///
    /// - Parameters:
    ///   - table: Where they are.
    ///   - columns: What is read beside the record and its dataflow.
    ///   - request: Which are read.
    ///   - take: Takes the present row and says how many bytes it has.
    /// - Throws: When the table cannot be read, and what `take` throws.
    private func readRecords(
        _ table: String,
        _ columns: [String],
        _ request: RecordsRequest,
        _ take: (Statement) throws(StorageError) -> Int
    ) throws(StorageError) {
        let more = columns.map { ", " + $0 }.joined()
        let statement = try connection.prepare(
            """
            SELECT row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, lane,
                audiences, dataflow.id\(more)
            FROM \(table) JOIN dataflow ON dataflow.number = row >> \(RowSpace.outboxBits)
            WHERE profile = ?1 AND row > ?2 AND dataflow.scope = ?3 ORDER BY row LIMIT ?4
            """
        )
        statement.bind(1, request.profile.uuid)
        statement.bind(2, request.after)
        statement.bind(3, request.scope.rawValue)
        statement.bind(4, Int64(request.limit))
        var bytes = 0
        while bytes < request.bytesMax, try statement.next() { bytes += try take(statement) }
    }

    /// See ``Storage/marks(of:scope:)``.
    func marks(of profile: Profile.ID, scope: Scope) throws(StorageError) -> [ResumeMark] {
        let rows = try connection.prepare(
            """
            SELECT dataflow.id, merge_policy, reasons
            FROM resume_mark JOIN dataflow ON dataflow.number = resume_mark.dataflow
            WHERE profile = ?1 AND dataflow.scope = ?2 ORDER BY dataflow.id, merge_policy
            """
        )
        rows.bind(1, profile.uuid)
        rows.bind(2, scope.rawValue)
        var marks: [ResumeMark] = []
        while try rows.next() {
            let key = ResumeMark.Key(
                dataflow: Dataflow.ID(uuid: try rows.uuid(0)),
                profile: profile,
                mergePolicy: MergePolicy.ID(uuid: try rows.uuid(1))
            )
            marks.append(ResumeMark(key: key, reasons: TriggerReasons(rawValue: try rows.number(2))))
        }
        return marks
    }
}
