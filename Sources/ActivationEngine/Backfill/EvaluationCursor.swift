import ActivationCore

/// Where the evaluation of one audience stands, as it is kept between starts.
struct EvaluationCursor: Sendable, Equatable {
    static let kind = "evaluation"

    var audience: Audience.ID
    /// The definition's version this is about: its `updatedAt`.
    var version: Timestamp
    /// The last profile row that was evaluated.
    var row: Int64
    var processed: Int
    var total: Int
    var isDone: Bool

    var progress: EvaluationProgress {
        EvaluationProgress(processed: processed, total: total, isDone: isDone)
    }

    init(audience: Audience.ID, version: Timestamp, total: Int) {
        self.audience = audience
        self.version = version
        self.total = total
        row = 0
        processed = 0
        isDone = false
    }

    /// More than any store holds, and far from where counting ends.
    private static let countMax: Int64 = 1 << 60

    /// Reads a stored cursor; nil when it is not one.
    init?(_ object: ControlObject) {
        guard let uuid = UUIDBytes(object.id), let view = try? JSONDocument(parsing: object.body).root,
            let version = view["version"]?.int64, let row = view["row"]?.int64,
            let processed = view["processed"]?.int64, let total = view["total"]?.int64,
            let isDone = view["isDone"]?.bool, [row, processed, total].allSatisfy({ 0...Self.countMax ~= $0 })
        else { return nil }
        audience = Audience.ID(uuid: uuid)
        self.version = Timestamp(milliseconds: version)
        self.row = row
        self.processed = Int(processed)
        self.total = Int(total)
        self.isDone = isDone
    }

    var body: [UInt8] {
        Array(
            """
            {"version":\(version.milliseconds),"row":\(row),"processed":\(processed),"total":\(total),\
            "isDone":\(isDone)}
            """.utf8
        )
    }
}
