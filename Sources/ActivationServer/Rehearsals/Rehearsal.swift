import ActivationCore
import ActivationEngine

/// What a change would do, before it is saved (BEHAVIOUR 3.19).
struct Rehearsal: Sendable {
    /// An audience that the change is about.
    struct AudienceFigures: Sendable {
        /// What becomes of it.
        enum Change: String, Sendable, CaseIterable {
            /// It gets another rule or merge policy.
            case changed
            /// It is new.
            case new
            /// It comes into the dataflow.
            case mapped
            /// It goes out of the dataflow.
            case unmapped
        }

        var id: Audience.ID
        var name: String
        var change: Change
        /// Its members now.
        var members: Int
        /// Those who would become members; of a dataflow those who would be sent of it.
        var entering: PreviewEstimate.Figure?
        /// Those who would cease to be.
        var exiting: PreviewEstimate.Figure?
        /// Whether its first evaluation still goes on, so that it will have more members.
        var isBeingEvaluated: Bool
    }

    /// How the number of records was found that are sent at once.
    enum Basis: String, Sendable, CaseIterable {
        /// Every profile was decided.
        case walk
        /// The members are counted.
        case counters
        /// Some profiles were decided.
        case sample
    }

    /// What it does to one dataflow.
    struct DataflowFigures: Sendable {
        /// The id; nil = there is none yet.
        var id: String?
        var name: String
        var isEnabled: Bool
        /// Records that are sent at once.
        var now: PreviewEstimate.Figure
        var basis: Basis
        /// What a record is like, and what the stream needs.
        var stream: StreamForecast
        /// Bytes of the largest record that was made.
        var bytesMax: Int
        /// Records that the sizes rest on; 0 = they are those of made-up values.
        var rendered: Int
    }

    /// The instant as of which it was decided.
    var at: Timestamp
    /// Profiles there are, and those that were looked at.
    var profiles: (total: Int, looked: Int)
    /// Whether all were.
    var isWhole: Bool
    var audiences: [AudienceFigures] = []
    var dataflows: [DataflowFigures] = []
    var messages: [RehearsedMessage] = []
    /// The version of what consumers may count on, as it is and as it would be; nil for what is no change of a dataflow.
    var schema: (present: Int, next: Int)?
    /// What consumers would notice; nil for what is no change of a dataflow.
    var contract: ContractDifference?
    var warnings: [JSONValue] = []
    /// What policies forbid of it, so that it would be refused, as ``PolicyViolation/members(_:in:)`` tells it.
    var violations: JSONObject = [:]
}
