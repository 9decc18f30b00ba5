import ActivationCore
import ActivationEngine

/// A rule that is tried on the stored profiles, and what has come of it so far.
struct Preview: Sendable {
    /// The words of Adobe's API.
    enum State: String, Sendable {
        case new = "NEW"
        case running = "RUNNING"
        case ready = "RESULT_READY"
        case failed = "FAILED"
    }

    /// The id of the question in it.
    var queryID: String
    /// When it was asked.
    var createdAt: Timestamp
    /// The merge policy that it asked for; nil = the default.
    var mergePolicy: MergePolicy.ID?
    /// The audience that would get the rule; nil = none.
    var audience: Audience.ID?
    /// How it stands.
    var state = State.new
    /// The figures.
    var estimate = PreviewEstimate()
    /// The first profiles for which the rule holds.
    var matches: [ProfileMatches.Match] = []
    /// Why it failed.
    var failure: String?

    /// The id as paths have it.
    var id: String { Base64URL.encode(Array("app-\(queryID):0".utf8)) }

    /// Whether it still looks at profiles.
    var isUnderWay: Bool { state == .new || state == .running }
}
