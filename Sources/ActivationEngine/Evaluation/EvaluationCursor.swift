import ActivationCore

/// What versions before schedules kept of an audience that was not done: each went over the profiles by itself.
struct EvaluationCursor: Sendable {
    var audience: Audience.ID
    var version: Timestamp
    /// The last row that was evaluated.
    var row: Int64
    var processed: Int64
    var total: Int

    /// Reads a stored cursor; nil when it is not one, or done.
    init?(_ object: ControlObject) {
        guard let uuid = UUIDBytes(object.id), let view = try? JSONDocument(parsing: object.body).root,
            let version = view["version"]?.int64, view["isDone"]?.bool == false,
            let row = view["row"]?.int64, let processed = view["processed"]?.int64, let total = view["total"]?.int64,
            [row, processed, total].allSatisfy(EvaluationPosition.isCount)
        else { return nil }
        audience = Audience.ID(uuid: uuid)
        self.version = Timestamp(milliseconds: version)
        self.row = row
        self.processed = processed
        self.total = Int(total)
    }
}
