public import ActivationCore

/// The visit to all profiles that takes out what a dataset has stated which has ended (BEHAVIOUR 6.2).
public struct DatasetRemoval: Sendable, Hashable {
    /// What the visit took out; of profiles that changed by themselves before their turn nothing is counted.
    public struct Counts: Sendable, Hashable {
        /// Profiles that lost something.
        public var profiles = 0
        /// Facts that went.
        public var facts = 0
        /// Events that went.
        public var events = 0

        mutating func add(_ statements: RemovedStatements) {
            profiles += 1
            facts += statements.facts
            events += statements.events
        }

        mutating func add(_ other: Counts) {
            profiles += other.profiles
            facts += other.facts
            events += other.events
        }
    }

    /// The dataset's id.
    public let dataset: String
    /// When the visit began.
    public let startedAt: Timestamp
    /// When it had come by everybody; nil before.
    public private(set) var completedAt: Timestamp?
    /// Profiles visited.
    public private(set) var processed = 0
    /// Profiles to be visited in all: those there were when it began.
    public let total: Int
    /// What it took out.
    public private(set) var counts = Counts()
    /// Where it began; nil = all profiles were visited.
    private(set) var start: EvaluationPosition?

    init(of dataset: String, from start: EvaluationPosition, total: Int, now: Timestamp) {
        self.dataset = dataset
        self.start = start
        self.total = total
        startedAt = now
    }

    /// Whether nothing of the dataset is in any profile any more.
    public var isDone: Bool { completedAt != nil }

    /// Notes a step, and that the visit is done when the position has come round to where it began.
    mutating func settle(at position: EvaluationPosition, _ counts: Counts?, now: Timestamp) {
        guard let start else { return }
        if let counts { self.counts.add(counts) }
        guard position.isOnceAround(from: start) else { return }
        processed = position.visited(since: start)
        completedAt = now
        self.start = nil
    }

    /// The visit with what it has done so far.
    func at(_ position: EvaluationPosition) -> DatasetRemoval {
        var removal = self
        if let start { removal.processed = position.visited(since: start) }
        return removal
    }
}

extension DatasetRemoval {
    /// The kind of its control object; the id is the dataset's.
    static let kind = "datasetRemoval"

    /// Reads a stored visit; nil when it is not one.
    init?(_ object: ControlObject) {
        guard let view = try? JSONDocument(parsing: object.body).root,
            let started = view["startedAt"]?.int64.map({ Timestamp(milliseconds: $0) }), started.isPlausible,
            let total = view["total"]?.int64, let processed = view["processed"]?.int64,
            let profiles = view["profiles"]?.int64, let facts = view["facts"]?.int64,
            let events = view["events"]?.int64,
            [total, processed, profiles, facts, events].allSatisfy(EvaluationPosition.isCount)
        else { return nil }
        dataset = object.id
        startedAt = started
        self.total = Int(total)
        self.processed = Int(processed)
        counts.profiles = Int(profiles)
        counts.facts = Int(facts)
        counts.events = Int(events)
        completedAt = view["completedAt"]?.int64.map { Timestamp(milliseconds: $0) }
        start = EvaluationPosition(view["start"])
        guard (start == nil) == (completedAt != nil), completedAt?.isPlausible ?? true else { return nil }
    }

    /// The visit as it is stored.
    var json: JSONValue {
        var object: JSONObject = [
            "startedAt": .integer(startedAt.milliseconds), "total": .integer(Int64(total)),
            "processed": .integer(Int64(processed)), "profiles": .integer(Int64(counts.profiles)),
            "facts": .integer(Int64(counts.facts)), "events": .integer(Int64(counts.events)),
        ]
        object["completedAt"] = completedAt.map { .integer($0.milliseconds) }
        object["start"] = start?.json
        return .object(object)
    }
}
