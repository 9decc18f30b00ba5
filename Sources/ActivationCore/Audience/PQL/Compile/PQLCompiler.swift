/// Turns a tree into instructions and finds everything that is wrong without data.
struct PQLCompiler {
    /// Where a node's result is left.
    enum Result {
        case truth, value
    }

    /// What an item or a name stands for.
    enum Place: Equatable {
        case profile
        case slot(Int)
        case clock(PQLClockTime)
    }

    /// One entered scope, the innermost last.
    enum Scope {
        case variable(String, Place)
        case item(Place)
    }

    let source: PQLSource
    var paths: PathDictionary
    let clock: PQLClock
    let calendar: PQLCalendar
    let usesLeafTests: Bool
    /// Whether parts that look at the events alone become leaves.
    var usesEventLeaves: Bool
    let audience: (String) -> Audience.ID?
    var draft = PQLDraft()
    var scopes: [Scope] = [.item(.profile)]

    /// What stands for the timestamp of a chain's label, by the slot of the label.
    var labelTimes: [Int: Int] = [:]

    /// Slots that hold an event, whose timestamp is an instant and never a day.
    var eventSlots: Set<Int> = []
    /// Where the instructions end that left an array of events on the stack; nil when something else was left last.
    var eventArrayEnd: Int?

    /// How far back the events that are emitted next are read, and for what.
    var eventRead: (node: PQLNode, reach: EventReach.Kind)?

    init(
        source: PQLSource,
        paths: PathDictionary,
        clock: PQLClock,
        zone: TimeZoneRules,
        usesLeafTests: Bool,
        usesEventLeaves: Bool = false,
        audience: @escaping (String) -> Audience.ID?
    ) {
        self.source = source
        self.paths = paths
        self.clock = clock
        calendar = PQLCalendar(zone: zone)
        self.usesLeafTests = usesLeafTests
        self.usesEventLeaves = usesEventLeaves
        self.audience = audience
    }

    mutating func compile(_ root: PQLNode) throws(PQLError) -> PQLCode {
        var body = root
        if case .lambda(let names, let inner) = root.kind {
            guard names.count == 1 else {
                throw error(.wrongScope, root, "a definition has one parameter, the profile; found \(names.count)")
            }
            scopes.append(.variable(names[0], .profile))
            body = inner
        }
        let start = draft.ops.count
        let result = try emit(body)
        if result == .truth {
            return PQLCode(draft, calendar, truth: start..<draft.ops.count, value: nil)
        }
        // The same instructions serve both uses, so that a value that reads once compiles once.
        let valueEnd = draft.ops.count
        if usesLeafTests, let test = try leafTest(body) {
            let truthStart = draft.ops.count
            appendLeafTest(test)
            return PQLCode(draft, calendar, truth: truthStart..<draft.ops.count, value: start..<valueEnd)
        }
        if try emitEventTruth(body) {
            return PQLCode(draft, calendar, truth: valueEnd..<draft.ops.count, value: start..<valueEnd)
        }
        draft.ops.append(.takeTruth)
        return PQLCode(draft, calendar, truth: start..<draft.ops.count, value: start..<valueEnd)
    }

    func error(_ code: PQLError.Code, _ node: PQLNode, _ message: String) -> PQLError {
        source.error(code, at: node.offset, message)
    }

    mutating func appendLeafTest(_ test: PQLLeafTest) {
        draft.leafTests.append(test)
        draft.ops.append(.leafTest(draft.leafTests.count - 1))
    }

    // MARK: One node

    mutating func emitTruth(_ node: PQLNode) throws(PQLError) {
        if case .boolean(let value) = node.kind {
            draft.ops.append(.setTruth(value))
        } else if usesLeafTests, let test = try leafTest(node) {
            appendLeafTest(test)
        } else if try emitEventTruth(node) {
            return
        } else if try emit(node) == .value {
            draft.ops.append(.takeTruth)
        }
    }

    mutating func emitValue(_ node: PQLNode) throws(PQLError) {
        if try emit(node) == .truth { draft.ops.append(.pushTruth) }
    }

    /// Emits a node where its result falls naturally.
    mutating func emit(_ node: PQLNode) throws(PQLError) -> Result {
        if usesLeafTests, node.kind.isTest, let test = try leafTest(node) {
            appendLeafTest(test)
            return .truth
        }
        if let result = try emitEventLeaf(node) { return result }
        try noteReach(of: node)
        switch node.kind {
        case .null: draft.appendConstant(.null)
        case .integer(let value): draft.appendConstant(.integer(value))
        case .double(let value): draft.appendConstant(.double(value))
        case .string(let value): draft.appendConstant(.string(value))
        case .boolean(let value):
            draft.appendConstant(.boolean(value))
        case .array(let items):
            for item in items { try emitValue(item) }
            draft.ops.append(.makeArray(items.count))
        case .object(let pairs):
            for pair in pairs { try emitValue(pair.value) }
            draft.keyLists.append(pairs.map(\.key))
            draft.ops.append(.makeObject(draft.keyLists.count - 1))
        case .name, .special, .parameter, .outer: return try emitPath(node, [])
        case .path(let base, let steps): return try emitPath(base, steps)
        case .call(let name, let arguments): return try emitCall(name, arguments, at: node)
        case .context:
            throw error(.wrongScope, node, "@{…} reads the context of an offer decision; an audience has none")
        case .lambda:
            throw error(
                .wrongScope,
                node,
                "a lambda is a whole definition or the argument of a function such as map or filter"
            )
        case .binding(let name, let value, let body): return try emitBinding(name, value, body)
        case .or(let operands): return try emitLogic(operands, stopsWhen: true)
        case .and(let operands): return try emitLogic(operands, stopsWhen: false)
        case .not(let operand):
            try emitTruth(operand)
            draft.ops.append(.not)
            return .truth
        case .comparison(let comparison, let left, let right):
            return try emitComparison(comparison, left, right, at: node)
        case .membership(let isNegated, let value, let list):
            try emitValue(value)
            try emitValue(list)
            draft.ops.append(.isMember(isNegated: isNegated))
            return .truth
        case .like(let value, let pattern):
            try emitValue(value)
            try emitValue(pattern)
            draft.ops.append(.like)
            return .truth
        case .arithmetic(let first, let terms): try emitArithmetic(first, terms)
        case .negative(let operand): try emitNegative(operand)
        case .choice(let condition, let first, let second): try emitChoice(condition, first, second)
        case .quantified(let quantifier, let generators): return try emitQuantified(quantifier, generators)
        case .aggregate(let aggregate, let value, let generators): try emitAggregate(aggregate, value, generators)
        case .occurs(let value, let when): return try emitOccurs(value, when, at: node)
        case .chain(let chain): return try emitChain(chain, at: node)
        }
        return .value
    }

    // MARK: Logic

    private mutating func emitLogic(_ operands: [PQLNode], stopsWhen truth: Bool) throws(PQLError) -> Result {
        var jumps: [Int] = []
        for (index, operand) in operands.enumerated() {
            try emitTruth(operand)
            if index < operands.count - 1 {
                jumps.append(draft.appendJump(truth ? .jumpIfTrue(0) : .jumpIfFalse(0)))
            }
        }
        for jump in jumps { draft.land(jump) }
        return .truth
    }

    private mutating func emitChoice(_ condition: PQLNode, _ first: PQLNode, _ second: PQLNode) throws(PQLError) {
        try emitTruth(condition)
        let toSecond = draft.appendJump(.jumpIfFalse(0))
        try emitValue(first)
        let toEnd = draft.appendJump(.jump(0))
        draft.land(toSecond)
        try emitValue(second)
        draft.land(toEnd)
        eventArrayEnd = nil
    }

    private mutating func emitBinding(_ name: String, _ value: PQLNode, _ body: PQLNode) throws(PQLError) -> Result {
        // A name of a time that moves stands for that time.
        if let time = try clockTime(of: value) {
            scopes.append(.variable(name, .clock(time)))
            defer { scopes.removeLast() }
            return try emit(body)
        }
        try emitValue(value)
        let slot = draft.newSlot()
        draft.ops.append(.store(slot))
        scopes.append(.variable(name, .slot(slot)))
        defer { scopes.removeLast() }
        return try emit(body)
    }

    private mutating func emitComparison(
        _ comparison: PQLComparison,
        _ left: PQLNode,
        _ right: PQLNode,
        at node: PQLNode
    ) throws(PQLError) -> Result {
        if left.kind == .null || right.kind == .null {
            let instead = comparison == .notEqual ? "isNotNull()" : "isNull()"
            throw error(
                .nullComparison,
                node,
                "a comparison with null is never true; write \(instead) after the value instead"
            )
        }
        if try emitClockComparison(comparison, left, right) { return .truth }
        try emitValue(left)
        try emitValue(right)
        draft.ops.append(.compare(comparison))
        return .truth
    }

    // MARK: Arithmetic

    private mutating func emitArithmetic(_ first: PQLNode, _ terms: [PQLTerm]) throws(PQLError) {
        try refuseNonNumber(first, terms.first?.symbol.rawValue ?? "+")
        try emitValue(first)
        for term in terms {
            try refuseNonNumber(term.operand, term.symbol.rawValue)
            try emitValue(term.operand)
            draft.ops.append(.arithmetic(term.symbol))
        }
    }

    private mutating func emitNegative(_ operand: PQLNode) throws(PQLError) {
        try refuseNonNumber(operand, "-")
        switch operand.kind {
        case .integer(let value): draft.appendConstant(.integer(-value))
        case .double(let value): draft.appendConstant(.double(-value))
        default:
            try emitValue(operand)
            draft.ops.append(.negate)
        }
    }

    private func refuseNonNumber(_ node: PQLNode, _ symbol: String) throws(PQLError) {
        let found: String
        switch node.kind {
        case .string: found = "a text"
        case .boolean: found = "a boolean"
        case .array: found = "an array"
        case .object: found = "an object"
        default: return
        }
        throw error(.wrongArguments, node, "found \(found) beside \"\(symbol)\", which takes numbers only")
    }
}

extension PQLNode.Kind {
    /// Whether the node's result is a truth by nature, so that a test may replace it.
    fileprivate var isTest: Bool {
        switch self {
        case .comparison, .membership: true
        case .path(_, let steps):
            if case .method? = steps.last?.kind { true } else { false }
        case .call: true
        default: false
        }
    }
}
