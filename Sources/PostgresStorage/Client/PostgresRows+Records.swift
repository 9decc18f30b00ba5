#if PostgreSQL
import ActivationCore
import ActivationEngine

extension PostgresRows {
    /// A record, whose columns are ``PostgresStatements/recordColumns``.
    func record(_ index: Int, of dataflow: Dataflow.ID) throws(StorageError) -> OutboxRow {
        guard let lane = OutboxLane(rawValue: try converted(try int2(index, 8))) else {
            throw StorageError(
                .corrupt,
                "a record stands in a lane that is unknown; restore the database from a backup"
            )
        }
        var row = OutboxRow(
            row: try int8(index, 0),
            dataflow: dataflow,
            profile: Profile.ID(uuid: try uuid(index, 1)),
            mergePolicy: MergePolicy.ID(uuid: try uuid(index, 2)),
            revision: try tally(index, 3),
            lane: lane,
            reasons: try reasons(index, 4),
            partitionKey: try text(index, 6),
            payload: bytes(index, 7),
            admittedAt: Timestamp(milliseconds: try int8(index, 5))
        )
        row.audiences = try audiences(index, 9)
        return row
    }

    /// A dead letter, whose columns are those of a record and, from one on, code, message and instant.
    func deadLetter(
        _ index: Int,
        of dataflow: Dataflow.ID,
        from column: Int32
    ) throws(StorageError) -> DeadLetter {
        DeadLetter(
            record: try record(index, of: dataflow),
            code: try text(index, column),
            message: try text(index, column + 1),
            parkedAt: Timestamp(milliseconds: try int8(index, column + 2))
        )
    }

    /// Why a record is made.
    func reasons(_ index: Int, _ column: Int32) throws(StorageError) -> TriggerReasons {
        TriggerReasons(rawValue: try converted(try int4(index, column)))
    }

    /// Nine columns that are a dataflow's counters, from one on; those of one stripe may be negative.
    func counters(_ index: Int, from column: Int32) throws(StorageError) -> DataflowCounters {
        DataflowCounters(
            triggered: try part(index, column),
            delivered: try part(index, column + 1),
            superseded: try part(index, column + 2),
            suppressedDisabled: try part(index, column + 3),
            suppressedDeleted: try part(index, column + 4),
            parked: try part(index, column + 5),
            replayed: try part(index, column + 6),
            discarded: try part(index, column + 7),
            erased: try part(index, column + 8)
        )
    }

    /// Two columns that are an audience's counters, from one on.
    func memberCounters(_ index: Int, from column: Int32) throws(StorageError) -> MemberCounters {
        MemberCounters(entered: try part(index, column), exited: try part(index, column + 1))
    }

    /// An object of the configuration.
    func object(_ index: Int) throws(StorageError) -> ControlObject {
        ControlObject(
            kind: try text(index, 0),
            id: try text(index, 1),
            etag: try text(index, 2),
            createdAt: Timestamp(milliseconds: try int8(index, 3)),
            updatedAt: Timestamp(milliseconds: try int8(index, 4)),
            body: bytes(index, 5)
        )
    }

    /// An entry of the suppression list.
    func suppression(_ index: Int) throws(StorageError) -> Suppression {
        Suppression(
            digest: IdentityDigest(bytes: bytes(index, 0)),
            namespace: try text(index, 1),
            profile: Profile.ID(uuid: try uuid(index, 2)),
            suppressedAt: Timestamp(milliseconds: try int8(index, 3))
        )
    }
}
#endif
