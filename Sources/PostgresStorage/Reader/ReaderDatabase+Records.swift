#if PostgreSQL
import ActivationCore
import ActivationEngine

/// Records, dead letters, marks and deliveries, by dataflow and by profile.
extension ReaderDatabase {
    /// See ``Storage/lastRow(dataflow:)``.
    func lastRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64 {
        guard let number = try number(of: dataflow) else { return 0 }
        return try rows(PostgresStatements.lastOutbox, .int2(0), number).optionalInt8(0, 0) ?? 0
    }

    /// See ``SharedStorage/lastRows(of:)``.
    func lastRows(of dataflows: [Dataflow.ID]) throws(StorageError) -> [Dataflow.ID: Int64] {
        let found = try rows(PostgresStatements.lastOutboxes, .int2(0), .uuids(dataflows.map(\.uuid)))
        var last: [Dataflow.ID: Int64] = [:]
        for index in 0..<found.count {
            if let row = try found.optionalInt8(index, 1) { last[Dataflow.ID(uuid: try found.uuid(index, 0))] = row }
        }
        return last
    }

    /// See ``Storage/firstRow(dataflow:)``.
    func firstRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64? {
        guard let number = try number(of: dataflow) else { return nil }
        let first = try rows(PostgresStatements.firstOutbox, .int2(0), number)
        return first.count == 0 ? nil : try first.int8(0, 0)
    }

    /// See ``Storage/deadLetters(dataflow:code:after:limit:)``.
    func deadLetters(
        dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) throws(StorageError) -> [DeadLetter] {
        guard let number = try number(of: dataflow) else { return [] }
        let (after, count) = (PostgresValue.int8(row), PostgresValue.int8(Int64(max(limit, 0))))
        let found =
            if let code {
                try rows(PostgresStatements.deadLettersOfCode, .int2(0), number, after, count, .text(code))
            } else {
                try rows(PostgresStatements.deadLetters, .int2(0), number, after, count)
            }
        var letters: [DeadLetter] = []
        for index in 0..<found.count { letters.append(try found.deadLetter(index, of: dataflow, from: 10)) }
        return letters
    }

    /// See ``Storage/deadLetterCauses(dataflow:)``.
    func deadLetterCauses(dataflow: Dataflow.ID) throws(StorageError) -> [DeadLetterCause] {
        guard let number = try number(of: dataflow) else { return [] }
        let found = try rows(PostgresStatements.deadLetterCauses, number)
        var causes: [DeadLetterCause] = []
        for index in 0..<found.count {
            causes.append(
                DeadLetterCause(
                    code: try found.text(index, 0),
                    count: Int(try found.tally(index, 1)),
                    firstParkedAt: Timestamp(milliseconds: try found.int8(index, 2)),
                    lastParkedAt: Timestamp(milliseconds: try found.int8(index, 3))
                )
            )
        }
        return causes
    }

    /// See ``Storage/deadLetterRows(dataflow:code:parkedBefore:limit:)``.
    func deadLetterRows(
        dataflow: Dataflow.ID,
        code: String,
        parkedBefore instant: Timestamp,
        limit: Int
    ) throws(StorageError) -> [Int64] {
        guard let number = try number(of: dataflow) else { return [] }
        let found = try rows(
            PostgresStatements.deadLetterRows,
            number,
            .text(code),
            .int8(instant.milliseconds),
            .int8(Int64(max(limit, 0)))
        )
        var letters: [Int64] = []
        for index in 0..<found.count { letters.append(try found.int8(index, 0)) }
        return letters
    }

    /// See ``Storage/deadLetterCounts(scope:)``.
    func deadLetterCounts(scope: Scope) throws(StorageError) -> [Dataflow.ID: Int64] {
        let found = try rows(PostgresStatements.dataflows)
        var all: [Dataflow.ID: SharedState.NumberedDataflow] = [:]
        for index in 0..<found.count { try found.dataflow(index, into: &all) }
        let dataflows = all.filter { $0.value.scope == scope }.map(\.key)
        return try books(of: dataflows).mapValues(\.counters.deadLetters).filter { $0.value > 0 }
    }

    // MARK: Of a profile

    /// See ``Storage/waitingRecords(_:)``.
    func waitingRecords(_ request: RecordsRequest) throws(StorageError) -> [OutboxRow] {
        let found = try records(PostgresStatements.recordsOf, request)
        var records: [OutboxRow] = []
        var bytes = 0
        for index in 0..<found.count where bytes < request.bytesMax {
            let record = try found.record(index, of: Dataflow.ID(uuid: try found.uuid(index, 10)))
            bytes += record.payload.count
            records.append(record)
        }
        return records
    }

    /// See ``Storage/deadLetters(_:)``.
    func deadLetters(_ request: RecordsRequest) throws(StorageError) -> [DeadLetter] {
        let found = try records(PostgresStatements.deadLettersOf, request)
        var letters: [DeadLetter] = []
        var bytes = 0
        for index in 0..<found.count where bytes < request.bytesMax {
            let letter = try found.deadLetter(index, of: Dataflow.ID(uuid: try found.uuid(index, 10)), from: 11)
            bytes += letter.record.payload.count
            letters.append(letter)
        }
        return letters
    }

    private func records(
        _ statement: PostgresStatement,
        _ request: RecordsRequest
    ) throws(StorageError) -> PostgresRows {
        try rows(
            statement,
            .int2(0),
            .uuid(request.profile.uuid),
            .int8(request.after),
            .int4(try request.scope.number),
            .int8(Int64(max(request.limit, 0)))
        )
    }

    /// See ``Storage/deliveries(of:scope:after:limit:)``.
    func deliveries(
        of profile: Profile.ID,
        scope: Scope,
        after last: (instant: Timestamp, row: Int64),
        limit: Int
    ) throws(StorageError) -> [Delivery] {
        let number = PostgresValue.int4(try scope.number)
        // Of one that was absorbed they are another's.
        guard try rows(PostgresStatements.heirsOf, number, .uuids([profile.uuid])).count == 0 else { return [] }
        var holders: Set<UUIDBytes> = [profile.uuid]
        var looked = [profile.uuid]
        while !looked.isEmpty {
            let absorbed = try rows(PostgresStatements.absorbedBy, number, .uuids(looked))
            looked = []
            for index in 0..<absorbed.count {
                let id = try absorbed.uuid(index, 0)
                if holders.insert(id).inserted { looked.append(id) }
            }
        }
        let found = try rows(
            PostgresStatements.deliveriesOf,
            .uuids(Array(holders)),
            number,
            .int8(last.instant.milliseconds),
            .int8(last.row),
            .int8(Int64(max(limit, 0)))
        )
        var deliveries: [Delivery] = []
        for index in 0..<found.count {
            deliveries.append(
                Delivery(
                    dataflow: Dataflow.ID(uuid: try found.uuid(index, 0)),
                    row: try found.int8(index, 1),
                    revision: try found.tally(index, 2),
                    receipt: try found.text(index, 3),
                    deliveredAt: Timestamp(milliseconds: try found.int8(index, 4))
                )
            )
        }
        return deliveries
    }

    // MARK: Marks

    /// See ``Storage/marks(dataflow:after:limit:)``.
    func marks(
        dataflow: Dataflow.ID,
        after last: ResumeMark.Key?,
        limit: Int
    ) throws(StorageError) -> [ResumeMark] {
        guard let number = try number(of: dataflow) else { return [] }
        let zero = UUIDBytes(high: 0, low: 0)
        let found = try rows(
            PostgresStatements.scanMarks,
            number,
            .uuid(last?.profile.uuid ?? zero),
            .uuid(last?.mergePolicy.uuid ?? zero),
            .int8(Int64(max(limit, 0)))
        )
        var marks: [ResumeMark] = []
        for index in 0..<found.count {
            let key = ResumeMark.Key(
                dataflow: dataflow,
                profile: Profile.ID(uuid: try found.uuid(index, 0)),
                mergePolicy: MergePolicy.ID(uuid: try found.uuid(index, 1))
            )
            marks.append(ResumeMark(key: key, reasons: try found.reasons(index, 2)))
        }
        return marks
    }

    /// See ``Storage/markCount(dataflow:)``.
    func markCount(dataflow: Dataflow.ID) throws(StorageError) -> Int {
        guard let number = try number(of: dataflow) else { return 0 }
        return Int(try rows(PostgresStatements.countMarks, number).tally(0, 0))
    }

    /// See ``Storage/marks(of:scope:)``.
    func marks(of profile: Profile.ID, scope: Scope) throws(StorageError) -> [ResumeMark] {
        let found = try rows(PostgresStatements.marksOf, .uuid(profile.uuid), .int4(try scope.number))
        var marks: [ResumeMark] = []
        for index in 0..<found.count {
            let key = ResumeMark.Key(
                dataflow: Dataflow.ID(uuid: try found.uuid(index, 0)),
                profile: profile,
                mergePolicy: MergePolicy.ID(uuid: try found.uuid(index, 1))
            )
            marks.append(ResumeMark(key: key, reasons: try found.reasons(index, 2)))
        }
        return marks
    }

    // MARK: Erasures

    /// See ``Storage/erasures(scope:limit:)``.
    func erasures(scope: Scope, limit: Int) throws(StorageError) -> [Erasure] {
        let found = try rows(PostgresStatements.erasures, .int4(try scope.number), .int8(Int64(max(limit, 0))))
        var erasures: [Erasure] = []
        for index in 0..<found.count { erasures.append(try erasure(found, index)) }
        return erasures
    }

    /// See ``Storage/erasure(of:scope:)``.
    func erasure(of profile: Profile.ID, scope: Scope) throws(StorageError) -> Erasure? {
        let found = try rows(PostgresStatements.erasure, .int4(try scope.number), .uuid(profile.uuid))
        return found.count == 0 ? nil : try erasure(found, 0)
    }

    /// What the server's files still hold is not ours to say (docs/operate/postgresql.md).
    private func erasure(_ found: PostgresRows, _ index: Int) throws(StorageError) -> Erasure {
        Erasure(
            profile: Profile.ID(uuid: try found.uuid(index, 0)),
            revision: try found.tally(index, 1),
            deletedAt: Timestamp(milliseconds: try found.int8(index, 2)),
            isScrubbed: false
        )
    }

    /// See ``Storage/suppressions(scope:after:limit:)``.
    func suppressions(
        scope: Scope,
        after last: IdentityDigest?,
        limit: Int
    ) throws(StorageError) -> [Suppression] {
        let found = try rows(
            PostgresStatements.suppressions,
            .int4(try scope.number),
            .bytes(last?.bytes ?? []),
            .int8(Int64(max(limit, 0)))
        )
        var suppressions: [Suppression] = []
        for index in 0..<found.count { suppressions.append(try found.suppression(index)) }
        return suppressions
    }
}
#endif
