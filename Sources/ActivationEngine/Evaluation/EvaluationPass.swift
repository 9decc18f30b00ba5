public import ActivationCore

/// One evaluation of some audiences over all profiles that somebody asked for; it is made together with those of new
/// and changed definitions.
public struct EvaluationPass: Sendable, Hashable {
    /// Sixteen bytes, printed as a lower-case UUID.
    public struct ID: Hashable, Sendable {
        /// The UUID.
        public var uuid: UUIDBytes

        /// Wraps a UUID.
        public init(uuid: UUIDBytes) {
            self.uuid = uuid
        }
    }

    /// How it stands.
    public enum State: String, Sendable, CaseIterable {
        /// It has not begun.
        case queued
        /// Profiles are being evaluated.
        case processing
        /// All profiles were evaluated.
        case succeeded
        /// It could not be done; ``EvaluationPass/failure`` says why.
        case failed
        /// Somebody ended it.
        case cancelled

        /// Whether nothing more comes.
        public var isEnd: Bool { self != .queued && self != .processing }
    }

    /// Profiles whose status in one audience the pass changed.
    public struct Flips: Sendable, Hashable {
        /// Those that became members.
        public var realized = 0
        /// Those that no longer are.
        public var exited = 0

        /// No profiles.
        public init() {}

        /// Notes one profile more.
        mutating func count(_ status: MembershipStatus) {
            switch status {
            case .realized: realized += 1
            case .exited: exited += 1
            }
        }
    }

    /// The id.
    public var id: ID
    /// What is evaluated, each audience once, in the order they were asked for.
    public var audiences: [Audience.ID]
    /// How it stands.
    public var state: State
    /// When it was asked for.
    public var createdAt: Timestamp
    /// When it began; nil while it is queued.
    public var startedAt: Timestamp?
    /// When it ended; nil before.
    public var endedAt: Timestamp?
    /// Profiles evaluated.
    public var processed: Int
    /// Profiles to be evaluated in all.
    public var total: Int
    /// What the pass changed, by audience; nothing for one in which nobody's status changed.
    ///
    /// A crash can lose what the last step before it changed, and so can a step that failed in part.
    public var flips: [Audience.ID: Flips]
    /// Members that the pass has seen, by audience and by namespace of their identities: who has identities of several
    /// namespaces counts for each of them.
    public var members: [Audience.ID: [String: Int]]
    /// Why it failed.
    public var failure: String?
    /// Where it began; nil before and after.
    var start: EvaluationPosition?

    init(id: ID, audiences: [Audience.ID], createdAt: Timestamp) {
        self.id = id
        self.audiences = audiences
        self.createdAt = createdAt
        state = .queued
        processed = 0
        total = 0
        flips = [:]
        members = [:]
    }

    /// The pass with what it has done so far.
    func at(_ position: EvaluationPosition) -> EvaluationPass {
        guard let start else { return self }
        var pass = self
        pass.processed = position.visited(since: start)
        pass.total = max(total, pass.processed)
        return pass
    }

    mutating func begin(at position: EvaluationPosition, total: Int, now: Timestamp) {
        state = .processing
        start = position
        startedAt = startedAt ?? now
        self.total = total
    }

    /// Adds what a step counted; audiences that others have evaluated do not count.
    mutating func count(_ counts: EvaluationCounts) {
        for audience in audiences {
            if let changed = counts.flips[audience] {
                flips[audience, default: Flips()].realized += changed.realized
                flips[audience, default: Flips()].exited += changed.exited
            }
            if let seen = counts.members[audience] { members[audience, default: [:]].merge(seen, uniquingKeysWith: +) }
        }
    }

    mutating func end(_ state: State, at position: EvaluationPosition, now: Timestamp, failure: String? = nil) {
        self = at(position)
        if state == .succeeded { total = processed }
        self.state = state
        self.failure = failure
        endedAt = now
        start = nil
    }
}
