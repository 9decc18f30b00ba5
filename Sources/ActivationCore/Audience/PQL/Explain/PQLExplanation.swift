/// What the conditions of an expression say of one profile, each by itself (PQL 16).
///
/// A tree of `and`, `or`, `not` and `if` over conditions. What the conditions say, put together by the tree, is what the
/// expression says; ``says(_:)`` puts it together.
public struct PQLExplanation: Sendable, Equatable {
    /// How a node comes to what it says.
    public enum Kind: String, Sendable {
        /// All parts have to hold.
        case all
        /// One part has to hold.
        case any
        /// The part must not hold.
        case not
        /// The second part counts if the first one holds, else the third one.
        case choice
        /// It is a condition with no parts.
        case condition
    }

    /// How it comes to what it says.
    public var kind: Kind
    /// The expression in its plain spelling.
    public var text: String
    /// Its line, from 1.
    public var line: Int
    /// Its column in characters, from 1.
    public var column: Int
    /// What it says, and until when that stands with no new data.
    public var outcome: PQLOutcome
    /// Whether it is a reason for what the whole says: the whole says so whatever those say that are none.
    public var decides = false
    /// The number of a condition, from 1, for the same one in another place the same; nil for a node with parts.
    public var number: Int?
    /// Whether a condition reads nothing, so that it says the same of everybody at all times.
    public var isFixed = false
    /// The attributes that a condition reads.
    public var attributes: [AttributeRead] = []
    /// The events that a condition is about; nil when it reads none.
    public var events: EventsRead?
    /// The audiences that a condition asks for.
    public var audiences: [Audience.ID] = []
    /// Where the profile stands in these, as far as it does.
    public var standings: [SegmentMembership] = []
    /// What others stated of the person and an audience that is made of no rule.
    public var statements: [StatementRead] = []
    /// What it consists of.
    public var parts: [PQLExplanation] = []

    /// The conditions of the tree in the order of the text, one that stands in several places as often.
    public var conditions: [PQLExplanation] {
        parts.isEmpty ? [self] : parts.flatMap(\.conditions)
    }

    /// Whether a condition of it reads events.
    public var readsEvents: Bool {
        events != nil || parts.contains(where: \.readsEvents)
    }

    /// What the tree says when its conditions say what a closure tells of their numbers.
    public func says(_ truth: (Int) -> Bool) -> Bool {
        switch kind {
        case .all: parts.allSatisfy { $0.says(truth) }
        case .any: parts.contains { $0.says(truth) }
        case .not: parts.allSatisfy { !$0.says(truth) }
        case .choice where parts.count == 3: parts[parts[0].says(truth) ? 1 : 2].says(truth)
        case .choice, .condition: number.map(truth) ?? outcome.qualifies
        }
    }
}

extension PQLExpression {
    /// What each condition says of a profile; it is evaluated as audiences are.
    ///
    /// A rule that takes more steps than an evaluation has is one condition, whatever it consists of.
    ///
    /// - Parameters:
    ///   - input: The profile.
    ///   - paths: The dictionary that the profile's attributes are numbered by.
    ///   - datasets: The dictionary that its events' datasets are numbered by.
    ///   - origins: Where the attributes' values come from; nil when that is not known.
    ///   - zone: The time zone whose calendar days and longer units follow.
    ///   - audience: The audience of an `inSegment` argument, by id, else by unique name; nil = there is none.
    /// - Returns: The tree of conditions.
    /// - Throws: What is wrong with the expression, with line and column.
    public func explanation(
        of input: EvaluationInput,
        paths: PathDictionary,
        datasets: DatasetDictionary = DatasetDictionary(),
        origins: AttributeOrigins? = nil,
        zone: TimeZoneRules = .utc,
        audience: @escaping (String) -> Audience.ID?
    ) throws(PQLError) -> PQLExplanation {
        var explainer = PQLExplainer(
            source: source,
            input: input,
            paths: paths,
            datasets: datasets,
            origins: origins,
            zone: zone,
            audience: audience
        )
        return try explainer.explanation(of: root)
    }
}
