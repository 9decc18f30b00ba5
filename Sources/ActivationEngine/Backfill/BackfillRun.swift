public import ActivationCore

/// How a backfill stands (BEHAVIOUR 3.8).
public struct BackfillRun: Sendable, Hashable {
    /// How it stands.
    public enum State: String, Sendable, CaseIterable {
        /// Members are exported.
        case running
        /// It goes on by itself when what is in its way has gone; ``BackfillRun/reason`` says what that is.
        case waiting
        /// Somebody halted it.
        case paused
        /// Every member had its turn.
        case completed
        /// It ended early; ``BackfillRun/reason`` says why.
        case cancelled

        /// Whether nothing more comes.
        public var isEnd: Bool { self == .completed || self == .cancelled }
    }

    /// The id.
    public var id: Backfill.ID
    /// Whose members are exported.
    public var dataflow: Dataflow.ID
    /// How it stands.
    public var state: State
    /// What it waits for, or why it ended early; names no person.
    public var reason: String?
    /// When it began.
    public var startedAt: Timestamp
    /// When it ended; nil before.
    public var endedAt: Timestamp?
    /// Profiles looked at.
    public var processed: Int
    /// Profiles there were when it began.
    public var total: Int
    /// Records made.
    public var records: Int64
    /// Seconds until the end as it goes now; nil when that is not known.
    public var secondsLeft: Double?
    /// The row of the profile that was looked at last.
    var row: Int64
    /// Whether the decisions know that it has ended.
    var isClosed = false

    init(_ order: Backfill, total: Int, now: Timestamp) {
        id = order.id
        dataflow = order.dataflow
        state = .running
        startedAt = now
        processed = 0
        self.total = total
        records = 0
        row = 0
    }
}

extension BackfillRun {
    /// The kind of its control object; the id is the backfill's.
    static let kind = "backfillRun"

    /// Reads a stored run; nil when it is not one.
    init?(_ object: ControlObject) {
        guard let uuid = UUIDBytes(object.id), let view = try? JSONDocument(parsing: object.body).root,
            let dataflow = view["dataflow"]?.string.flatMap({ UUIDBytes($0) }),
            let state = view["state"]?.string.flatMap({ State(rawValue: $0) }),
            let processed = view["processed"]?.int64, let total = view["total"]?.int64,
            let records = view["records"]?.int64, let row = view["row"]?.int64,
            [processed, total, records, row].allSatisfy(EvaluationPosition.isCount)
        else { return nil }
        id = Backfill.ID(uuid: uuid)
        self.dataflow = Dataflow.ID(uuid: dataflow)
        self.state = state
        reason = view["reason"]?.string
        startedAt = object.createdAt
        endedAt = view["endedAt"]?.int64.map { Timestamp(milliseconds: $0) }
        self.processed = Int(processed)
        self.total = Int(total)
        self.records = records
        self.row = row
    }

    /// The run as it is stored.
    var json: JSONValue {
        var object: JSONObject = [
            "dataflow": .string(dataflow.uuid.description),
            "state": .string(state.rawValue),
            "processed": .integer(Int64(processed)),
            "total": .integer(Int64(total)),
            "records": .integer(records),
            "row": .integer(row),
        ]
        object["reason"] = reason.map { .string($0) }
        object["endedAt"] = endedAt.map { .integer($0.milliseconds) }
        return .object(object)
    }
}
