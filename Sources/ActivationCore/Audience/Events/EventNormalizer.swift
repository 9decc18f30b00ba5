/// Rewrites what an expression asks of one event in a single plain spelling, so that equal questions look equal.
///
/// Every item and variable gets a name by its depth, the event being `v0`; bare fields become fields of those, calls become
/// methods, filters and quantifiers become methods with a lambda, and what may stand in any order is sorted. The result
/// means the same wherever it stands. What looks at anything but the event is not rewritten: the profile, the clock, other
/// events, audiences.
struct EventNormalizer {
    /// What a name or the current item stands for.
    enum Target: Equatable {
        /// Something beside the event.
        case outside
        case clock(PQLClockTime)
        case variable(Int)
    }

    enum Scope {
        case variable(String, Target)
        case item(Target)
    }

    /// The innermost last.
    var scopes: [Scope]
    /// How many variables have got a name.
    var depth: Int

    static func name(of variable: Int) -> String { "v\(variable)" }

    static let timestamp = PQLNode.Kind.path(
        PQLNode(kind: .name(name(of: 0)), offset: 0),
        [PQLStep(kind: .member("timestamp"), offset: 0)]
    )

    /// The normalizer of an inner part, in which more names are known.
    func entering(_ added: [Scope], variables: Int) -> EventNormalizer {
        EventNormalizer(scopes: scopes + added, depth: depth + variables)
    }

    // MARK: Nodes

    /// The node in its plain spelling; nil when it looks at anything but the event.
    func normalized(_ node: PQLNode) -> PQLNode? {
        guard let kind = kind(of: node) else { return nil }
        return PQLNode(kind: kind, offset: node.offset)
    }

    private func normalized(_ nodes: [PQLNode]) -> [PQLNode]? {
        var results: [PQLNode] = []
        for node in nodes {
            guard let result = normalized(node) else { return nil }
            results.append(result)
        }
        return results
    }

    private func kind(of node: PQLNode) -> PQLNode.Kind? {
        switch node.kind {
        case .null, .boolean, .integer, .double, .string: return node.kind
        case .array(let items): return normalized(items).map(PQLNode.Kind.array)
        case .object(let pairs):
            guard let values = normalized(pairs.map(\.value)) else { return nil }
            return .object(zip(pairs, values).map { PQLPair(key: $0.key, value: $1) })
        case .name, .special, .parameter, .outer: return path(node, [])
        case .path(let base, let steps): return path(base, steps)
        case .call(let name, let arguments): return call(name, arguments, at: node.offset)
        case .context, .lambda, .chain: return nil
        case .binding(let name, let value, let body): return binding(name, value, body)
        case .or(let operands): return logic(operands, isOr: true)
        case .and(let operands): return logic(operands, isOr: false)
        case .not(let operand): return normalized(operand).map(PQLNode.Kind.not)
        case .comparison(let comparison, let left, let right):
            guard let first = normalized(left), let second = normalized(right) else { return nil }
            if left.isLiteral, !right.isLiteral { return .comparison(comparison.mirrored, second, first) }
            return .comparison(comparison, first, second)
        case .membership(let isNegated, let value, let list):
            guard let value = normalized(value), let list = normalized(list) else { return nil }
            return .membership(isNegated: isNegated, value, list)
        case .like(let value, let pattern):
            guard let value = normalized(value), let pattern = normalized(pattern) else { return nil }
            return .like(value, pattern)
        case .occurs(let value, let when):
            guard let value = normalized(value), let when = self.when(when) else { return nil }
            return .occurs(value, when)
        case .arithmetic(let first, let terms):
            guard let first = normalized(first), let operands = normalized(terms.map(\.operand)) else { return nil }
            return .arithmetic(first, zip(terms, operands).map { PQLTerm(symbol: $0.symbol, operand: $1) })
        case .negative(let operand): return normalized(operand).map(PQLNode.Kind.negative)
        case .choice(let condition, let first, let second):
            guard let parts = normalized([condition, first, second]) else { return nil }
            return .choice(parts[0], parts[1], parts[2])
        case .quantified(.select, let generators):
            return comprehension(generators).map { .quantified(.select, $0.generators) }
        case .quantified(let quantifier, let generators): return quantified(quantifier, generators[...])?.kind
        case .aggregate(let aggregate, let value, let generators):
            guard let (generators, inner) = comprehension(generators), let value = inner.normalized(value) else {
                return nil
            }
            return .aggregate(aggregate, value, generators)
        }
    }

    private func binding(_ name: String, _ value: PQLNode, _ body: PQLNode) -> PQLNode.Kind? {
        let inner = entering([.variable(name, .variable(depth))], variables: 1)
        guard let value = normalized(value), let body = inner.normalized(body) else { return nil }
        return .binding(name: EventNormalizer.name(of: depth), value: value, body: body)
    }

    /// Operands of `and` or `or`, sorted; the same one twice counts once.
    private func logic(_ operands: [PQLNode], isOr: Bool) -> PQLNode.Kind? {
        var flat: [PQLNode] = []
        for operand in operands {
            guard let operand = normalized(operand) else { return nil }
            switch operand.kind {
            case .or(let inner) where isOr: flat += inner
            case .and(let inner) where !isOr: flat += inner
            default: flat.append(operand)
            }
        }
        let sorted = EventNormalizer.sorted(flat)
        // One alone would be a value where two are a truth.
        let kept = sorted.count == 1 ? [sorted[0], sorted[0]] : sorted
        return isOr ? .or(kept) : .and(kept)
    }

    /// Nodes in the order of their texts, each once.
    static func sorted(_ nodes: [PQLNode]) -> [PQLNode] {
        var texts: Set<ByteKey> = []
        return nodes.map { (text: PQLPrinter.text(of: $0), node: $0) }
            .sorted { $0.text.comesBefore($1.text) }
            .filter { texts.insert(ByteKey($0.text)).inserted }
            .map(\.node)
    }

    // MARK: Names and paths

    private func item(levels: Int) -> Target {
        let items = scopes.compactMap { if case .item(let target) = $0 { target } else { nil } }
        return levels < items.count ? items[items.count - 1 - levels] : .outside
    }

    private func variable(_ name: String) -> Target? {
        for scope in scopes.reversed() {
            if case .variable(let known, let target) = scope, known.hasSameBytes(as: name) { return target }
        }
        return nil
    }

    private func path(_ base: PQLNode, _ steps: [PQLStep]) -> PQLNode.Kind? {
        guard var (start, taken) = start(of: base) else { return nil }
        for step in steps {
            guard let kind = self.step(step) else { return nil }
            taken.append(PQLStep(kind: kind, offset: step.offset))
        }
        if case .path(let inner, let first) = start.kind { (start, taken) = (inner, first + taken) }
        return taken.isEmpty ? start.kind : .path(start, taken)
    }

    private func start(of base: PQLNode) -> (PQLNode, [PQLStep])? {
        func variable(_ target: Target, _ steps: [PQLStep]) -> (PQLNode, [PQLStep])? {
            guard case .variable(let index) = target else { return nil }
            return (PQLNode(kind: .name(EventNormalizer.name(of: index)), offset: base.offset), steps)
        }
        switch base.kind {
        case .name(let name):
            if let target = self.variable(name) { return variable(target, []) }
            return variable(item(levels: 0), [PQLStep(kind: .member(name), offset: base.offset)])
        case .outer(let levels, let name):
            return variable(item(levels: levels), [PQLStep(kind: .member(name), offset: base.offset)])
        case .special(.this): return variable(item(levels: 0), [])
        case .special, .parameter: return nil
        default: return normalized(base).map { ($0, []) }
        }
    }

    private func step(_ step: PQLStep) -> PQLStep.Kind? {
        switch step.kind {
        case .member: return step.kind
        case .key(let name): return .method("get", [PQLNode(kind: .string(name), offset: step.offset)])
        case .filter(let condition): return loop(condition).map { .method("filter", [$0]) }
        case .method(let name, let arguments): return method(name, arguments)
        }
    }

    private func call(_ name: String, _ arguments: [PQLNode], at offset: Int) -> PQLNode.Kind? {
        guard let function = PQLFunction(rawValue: name) else { return nil }
        if function.hasReceiver, let receiver = arguments.first {
            return path(receiver, [PQLStep(kind: .method(name, Array(arguments.dropFirst())), offset: offset)])
        }
        guard function == .date || function == .mapEntry else { return nil }
        return normalized(arguments).map { .call(name, $0) }
    }

    private func method(_ name: String, _ arguments: [PQLNode]) -> PQLStep.Kind? {
        guard let function = PQLFunction(rawValue: name), function.hasReceiver,
            function.argumentCounts.contains(arguments.count)
        else { return nil }
        switch function {
        case .filter, .map, .groupBy, .topN, .bottomN, .sum, .average, .min, .max, .exists, .forall:
            guard let body = arguments.first else { return .method(name, []) }
            guard let lambda = loop(body), let others = normalized(Array(arguments.dropFirst())) else { return nil }
            return .method(name, [lambda] + others)
        default: return normalized(arguments).map { .method(name, $0) }
        }
    }

    /// The argument of a function that runs for every item, as a lambda over the item.
    func loop(_ argument: PQLNode) -> PQLNode? {
        var added: [Scope] = [.item(.variable(depth))]
        var names = [EventNormalizer.name(of: depth)]
        var body = argument
        if case .lambda(let given, let inner) = argument.kind {
            if given.count == 2 {
                added.append(.variable(given[0], .variable(depth + 1)))
                names.insert(EventNormalizer.name(of: depth + 1), at: 0)
            }
            added.append(.variable(given[given.count - 1], .variable(depth)))
            body = inner
        }
        return entering(added, variables: names.count).normalized(body)
            .map { PQLNode(kind: .lambda(names, $0), offset: argument.offset) }
    }

    // MARK: Comprehensions

    /// exists x (c1 and exists y (c2)), forall x (c1 and forall y (c2)), as methods.
    private func quantified(_ quantifier: PQLQuantifier, _ generators: ArraySlice<PQLGenerator>) -> PQLNode? {
        guard let generator = generators.first, let source = normalized(generator.source) else { return nil }
        let inner = entering([.variable(generator.name, .variable(depth))], variables: 1)
        var conditions: [PQLNode] = []
        if let condition = generator.condition {
            guard let condition = inner.normalized(condition) else { return nil }
            conditions.append(condition)
        }
        if generators.count > 1 {
            guard let rest = inner.quantified(quantifier, generators.dropFirst()) else { return nil }
            conditions.append(rest)
        }
        let body = EventNormalizer.conjunction(conditions, at: generator.source.offset)
        let lambda = PQLNode(kind: .lambda([EventNormalizer.name(of: depth)], body), offset: body.offset)
        return source.appending(.method(quantifier.rawValue, [lambda]))
    }

    /// Generators with new names, and what their conditions and values are read by.
    private func comprehension(
        _ generators: [PQLGenerator]
    ) -> (generators: [PQLGenerator], inner: EventNormalizer)? {
        var inner = self
        var renamed: [PQLGenerator] = []
        for generator in generators {
            guard let source = inner.normalized(generator.source) else { return nil }
            let name = EventNormalizer.name(of: inner.depth)
            inner = inner.entering([.variable(generator.name, .variable(inner.depth))], variables: 1)
            var condition: PQLNode?
            if let given = generator.condition {
                condition = inner.normalized(given)
                if condition == nil { return nil }
            }
            renamed.append(PQLGenerator(name: name, source: source, condition: condition))
        }
        return (renamed, inner)
    }

    /// All of some conditions at once.
    static func conjunction(_ conditions: [PQLNode], at offset: Int) -> PQLNode {
        let flat = conditions.flatMap { if case .and(let operands) = $0.kind { operands } else { [$0] } }
        let sorted = sorted(flat.filter { $0.kind != .boolean(true) })
        switch sorted.count {
        case 0: return PQLNode(kind: .boolean(true), offset: offset)
        case 1: return sorted[0]
        default: return PQLNode(kind: .and(sorted), offset: offset)
        }
    }

    // MARK: Time

    private func when(_ when: PQLWhen) -> PQLWhen? {
        switch when {
        case .distance(let comparison, let amount, let unit, let direction, let position):
            return self.position(position).map {
                .distance(comparison, amount, unit, direction == .before ? .before : .after, $0)
            }
        case .side(let direction, let position):
            return self.position(position).map { .side(direction == .before ? .before : .after, $0) }
        case .between(let start, let end):
            guard let start = position(start), let end = position(end) else { return nil }
            return .between(start, end)
        case .on(let position): return self.position(position).map(PQLWhen.on)
        }
    }

    private func position(_ position: PQLTimePosition) -> PQLTimePosition? {
        guard case .value(let node) = position else { return nil }
        return normalized(node).map(PQLTimePosition.value)
    }

    /// What a time position stands for when it is the same for every event and profile.
    func time(_ position: PQLTimePosition, _ calendar: PQLCalendar) -> EventWindow.Time? {
        switch position {
        case .period(let period, let unit):
            return EventWindow.Time(reference: .clock(.period(period, unit)), position: position)
        case .value(let node):
            if let time = clockTime(of: node) {
                return EventWindow.Time(reference: .clock(time), position: time.position(at: node.offset))
            }
            guard let value = node.constantTime(calendar), let span = PQLSpan(value, calendar) else { return nil }
            return EventWindow.Time(reference: .fixed(span), position: position)
        }
    }

    private func clockTime(of node: PQLNode) -> PQLClockTime? {
        switch node.kind {
        case .special(.now): return .now
        case .special(.today): return .day(0)
        case .special(.yesterday): return .day(-1)
        case .special(.tomorrow): return .day(1)
        case .name(let name):
            if case .clock(let time)? = variable(name) { return time }
            return nil
        default: return nil
        }
    }
}

extension PQLClockTime {
    /// The word for the time.
    fileprivate func position(at offset: Int) -> PQLTimePosition {
        let word: PQLSpecial
        switch self {
        case .now: word = .now
        case .day(let distance): word = distance < 0 ? .yesterday : distance > 0 ? .tomorrow : .today
        case .period(let period, let unit): return .period(period, unit)
        }
        return .value(PQLNode(kind: .special(word), offset: offset))
    }
}

extension PQLNode {
    var isLiteral: Bool {
        switch kind {
        case .boolean, .integer, .double, .string: true
        case .negative(let operand): operand.isLiteral
        default: false
        }
    }

    /// The day or instant that stands here as a literal.
    fileprivate func constantTime(_ calendar: PQLCalendar) -> PQLValue? {
        switch kind {
        case .string(let text): return .string(text)
        case .call("date", let arguments):
            var numbers: [Int] = []
            for argument in arguments {
                guard case .integer(let number) = argument.kind else { return nil }
                numbers.append(Int(clamping: number))
            }
            guard numbers.count == 3, let date = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]) else {
                return nil
            }
            return calendar.value(ofDay: date.daysSinceEpoch)
        default: return nil
        }
    }

    /// A path with one step more.
    func appending(_ step: PQLStep.Kind) -> PQLNode {
        let step = PQLStep(kind: step, offset: offset)
        if case .path(let base, let steps) = kind {
            return PQLNode(kind: .path(base, steps + [step]), offset: offset)
        }
        return PQLNode(kind: .path(self, [step]), offset: offset)
    }
}
