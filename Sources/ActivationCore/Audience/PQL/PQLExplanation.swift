/// What the conditions of an expression say of one profile, each by itself.
public struct PQLExplanation: Sendable, Equatable {
    /// How a node comes to what it says.
    public enum Kind: String, Sendable {
        /// All parts have to hold.
        case all
        /// One part has to hold.
        case any
        /// The part must not hold.
        case not
        /// It is a condition with no parts.
        case condition
    }

    /// How it comes to what it says.
    public var kind: Kind
    /// The expression in its plain spelling.
    public var text: String
    /// What it says, and until when that stands with no new data.
    public var outcome: PQLOutcome
    /// The attribute paths that it reads, as keys from the top.
    public var paths: [[String]]
    /// Whether it reads events.
    public var readsEvents: Bool
    /// The audiences that it asks for.
    public var audiences: [Audience.ID]
    /// What it consists of.
    public var parts: [PQLExplanation]
}

extension PQLExpression {
    /// What each condition says of a profile; it is evaluated as audiences are.
    ///
    /// - Parameters:
    ///   - input: The profile.
    ///   - paths: The dictionary that the profile's attributes are numbered by.
    ///   - zone: The time zone whose calendar days and longer units follow.
    ///   - audience: The audience of an `inSegment` argument, by id, else by unique name; nil = there is none.
    /// - Returns: The tree of conditions.
    /// - Throws: What is wrong with the expression, with line and column.
    public func explanation(
        of input: EvaluationInput,
        paths: PathDictionary,
        zone: TimeZoneRules = .utc,
        audience: (String) -> Audience.ID?
    ) throws(PQLError) -> PQLExplanation {
        var known = paths
        let program = try PQLProgram(compiling: self, paths: &known, zone: zone, audience: audience)
        let (kind, parts) = conditions
        var explained: [PQLExplanation] = []
        for part in parts {
            explained.append(
                try PQLExpression(part, of: source).explanation(of: input, paths: paths, zone: zone, audience: audience)
            )
        }
        return PQLExplanation(
            kind: kind,
            text: description,
            outcome: program.evaluate(input, paths: known),
            paths: program.paths.filter { $0 != .root }.map { known.keys(of: $0) },
            readsEvents: program.readsEvents,
            audiences: program.audiences,
            parts: explained
        )
    }

    /// The conditions that the expression consists of, none if it is one itself.
    private var conditions: (PQLExplanation.Kind, [PQLNode]) {
        switch root.kind {
        case .and(let parts): (.all, parts)
        case .or(let parts): (.any, parts)
        case .not(let part): (.not, [part])
        default: (.condition, [])
        }
    }

    /// A part of an expression as one of its own.
    private init(_ root: PQLNode, of source: PQLSource) {
        self.init(text: PQLPrinter.text(of: root), source: source, root: root)
    }
}
