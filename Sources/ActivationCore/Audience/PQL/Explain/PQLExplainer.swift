/// Evaluates the conditions of an expression one by one.
struct PQLExplainer {
    private let source: PQLSource
    private let places: PQLPlaces
    private let input: EvaluationInput
    private var paths: PathDictionary
    private let datasets: DatasetDictionary
    private let origins: AttributeOrigins?
    private let zone: TimeZoneRules
    private let audience: (String) -> Audience.ID?
    /// The name that the definition gives the profile; nil when it gives none.
    private var parameter: String?
    /// The conditions so far, by their texts.
    private var known: [ByteKey: PQLExplanation] = [:]

    init(
        source: PQLSource,
        input: EvaluationInput,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        origins: AttributeOrigins?,
        zone: TimeZoneRules,
        audience: @escaping (String) -> Audience.ID?
    ) {
        self.source = source
        places = PQLPlaces(source)
        self.input = input
        self.paths = paths
        self.datasets = datasets
        self.origins = origins
        self.zone = zone
        self.audience = audience
    }

    mutating func explanation(of root: PQLNode) throws(PQLError) -> PQLExplanation {
        // Compiled first: it knows all paths afterwards, and finds everything that is wrong.
        let program = try program(root)
        let outcome = program.evaluate(input, paths: paths)
        var whole: PQLExplanation
        if case .lambda(let names, let body) = root.kind, !body.parts.isEmpty {
            parameter = names.first
            whole = try node(body)
        } else {
            whole = try node(root)
        }
        if whole.outcome.qualifies != outcome.qualifies {
            // The parts are within the limit of steps and the whole is not.
            (parameter, known) = (nil, [:])
            whole = try condition(root)
        }
        whole.outcome = outcome
        whole.markReasons()
        return whole
    }

    private mutating func node(_ node: PQLNode) throws(PQLError) -> PQLExplanation {
        let nodes = node.parts
        guard !nodes.isEmpty else { return try condition(node) }
        var parts: [PQLExplanation] = []
        for part in nodes { parts.append(try self.node(part)) }
        let kind = node.explanationKind
        var explanation = placed(node, kind, outcome: kind.outcome(of: parts.map(\.outcome)))
        explanation.parts = parts
        return explanation
    }

    /// A condition; one that is known already is not evaluated again.
    private mutating func condition(_ node: PQLNode) throws(PQLError) -> PQLExplanation {
        let text = PQLPrinter.text(of: node)
        if var same = known[ByteKey(text)] {
            (same.line, same.column) = places.place(at: node.start)
            return same
        }
        var root = node
        if let parameter { root = PQLNode(kind: .lambda([parameter], node), offset: node.offset) }
        let program = try program(root)
        var explanation = placed(node, .condition, outcome: program.evaluate(input, paths: paths))
        explanation.number = known.count + 1
        explanation.isFixed =
            program.paths.isEmpty && !program.readsEvents && !program.readsIdentities && !program.readsStandings
            && !program.readsClock
        explanation.attributes = program.paths.filter { $0 != .root }.map {
            AttributeRead($0, in: input.attributes, paths, origins)
        }
        explanation.events =
            program.readsEvents ? EventsRead(of: program, asksOfAll: node.asksOfAll, input, datasets) : nil
        explanation.audiences = program.audiences
        explanation.standings = input.memberships.filter {
            program.audiences.contains($0.audience) && $0.hasEntry(at: input.now)
        }
        known[ByteKey(text)] = explanation
        return explanation
    }

    private func placed(_ node: PQLNode, _ kind: PQLExplanation.Kind, outcome: PQLOutcome) -> PQLExplanation {
        let place = places.place(at: node.start)
        return PQLExplanation(
            kind: kind,
            text: PQLPrinter.text(of: node),
            line: place.line,
            column: place.column,
            outcome: outcome
        )
    }

    private mutating func program(_ root: PQLNode) throws(PQLError) -> PQLProgram {
        try PQLProgram(
            compiling: PQLExpression(text: "", source: source, root: root),
            paths: &paths,
            zone: zone,
            audience: audience
        )
    }
}

extension PQLNode {
    /// What a node consists of, as far as each part is a condition by itself; none if it is one itself.
    fileprivate var parts: [PQLNode] {
        switch kind {
        case .and(let parts), .or(let parts): parts
        case .not(let part): [part]
        case .choice(let condition, let first, let second): [condition, first, second]
        default: []
        }
    }

    fileprivate var explanationKind: PQLExplanation.Kind {
        switch kind {
        case .and: .all
        case .or: .any
        case .not: .not
        case .choice: .choice
        default: .condition
        }
    }
}

extension PQLExplanation.Kind {
    /// What parts say together, and until when: as in an evaluation, those that are not needed do not count (PQL 11).
    fileprivate func outcome(of parts: [PQLOutcome]) -> PQLOutcome {
        var needed: [PQLOutcome] = []
        switch self {
        case .all, .any:
            for part in parts {
                needed.append(part)
                if part.qualifies == (self == .any) { break }
            }
        case .choice where parts.count == 3: needed = [parts[0], parts[parts[0].qualifies ? 1 : 2]]
        case .not, .choice, .condition: needed = parts
        }
        let last = needed.last?.qualifies ?? (self == .all)
        return PQLOutcome(
            qualifies: self == .not ? !last : last,
            changesAt: needed.compactMap(\.changesAt).min()
        )
    }
}

extension PQLExplanation {
    /// Marks this node, and of its parts those that are reasons for what it says.
    fileprivate mutating func markReasons() {
        decides = true
        let says = outcome.qualifies
        for index in parts.indices {
            let isReason =
                switch kind {
                case .all: says || !parts[index].outcome.qualifies
                case .any: !says || parts[index].outcome.qualifies
                case .choice: index == 0 || index == (parts[0].outcome.qualifies ? 1 : 2)
                case .not, .condition: true
                }
            if isReason { parts[index].markReasons() }
        }
    }
}

extension PQLNode {
    /// Whether it asks the same of everything in a list.
    fileprivate var asksOfAll: Bool {
        if case .quantified(.forall, _) = kind { return true }
        return false
    }
}
