import ActivationCore

/// A stored schedule: when which audiences are evaluated over all profiles (BEHAVIOUR 5.5).
struct Schedule: Sendable {
    /// The words of its state.
    static let active = "active"
    static let inactive = "inactive"
    /// When a schedule runs that does not say so: every day at one in the morning, UTC.
    static let ruleDefault = "0 0 1 * * ?"

    /// Members of the stored object that are the server's own.
    enum Key {
        /// Since when its times count, in milliseconds.
        static let activeSince = "activeSince"
        /// The time of its last run, in milliseconds.
        static let lastRun = "lastRun"
        /// The time of a run whose job is not noted yet, and when that run was begun.
        static let dueRun = "dueRun"
        static let dueSince = "dueSince"
    }

    private let entry: ControlEntry

    init(_ entry: ControlEntry) {
        self.entry = entry
    }

    /// The id.
    var id: String { entry.id }
    /// Whether its times count.
    var isActive: Bool { entry.string("state") == Schedule.active }
    /// The ids of definitions, or `*`.
    var segments: [String] { entry.body["properties"]?["segments"]?.array?.compactMap(\.string) ?? [] }
    /// Its times; nil when another version stored what this one cannot read.
    var rule: CronRule? { try? CronRule(parsing: entry.string("schedule") ?? "") }
    /// The time of a run whose job is not noted yet.
    private var dueRun: Timestamp? { instant(Key.dueRun) }
    /// The id of that run.
    var runID: String? { dueRun.map { "\(id)-\($0.milliseconds)" } }
    /// When that run was begun.
    var dueSince: Timestamp? { instant(Key.dueSince) }

    /// The run that a moment calls for: the last of its times up to then, if it has not run yet; nil when there is none.
    ///
    /// Of several times that were missed only the last one counts.
    func due(at now: Timestamp) -> Timestamp? {
        guard isActive, dueRun == nil else { return nil }
        return rule?.last(through: now, after: start)
    }

    /// Its next time after a moment; nil when there is none.
    func next(after now: Timestamp) -> Timestamp? {
        isActive ? rule?.next(after: max(now, start)) : nil
    }

    /// The instant after which times count.
    private var start: Timestamp {
        max(instant(Key.activeSince) ?? entry.createdAt, instant(Key.lastRun) ?? entry.createdAt)
    }

    private func instant(_ key: String) -> Timestamp? {
        entry.body[key]?.int64.map { Timestamp(milliseconds: $0) }
    }

    /// The object that callers see.
    func json(owner: JSONObject, now: Timestamp) -> JSONValue {
        var object: JSONObject = ["id": .string(id)]
        for (key, value) in owner { object[key] = value }
        for key in ["name", "state", "type", "schedule", "properties"] { object[key] = entry.body[key] }
        object["createEpoch"] = .integer(entry.createdAt.milliseconds / 1_000)
        object["updateEpoch"] = .integer((instant("changedAt") ?? entry.createdAt).milliseconds / 1_000)
        object["lastRunTime"] = instant(Key.lastRun).map { .integer($0.milliseconds) }
        object["nextRunTime"] = next(after: now).map { .integer($0.milliseconds) }
        return .object(object)
    }
}
