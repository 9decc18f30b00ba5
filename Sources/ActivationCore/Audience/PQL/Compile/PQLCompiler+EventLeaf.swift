/// A question about the profile's events that a leaf answers.
private struct EventQuestion {
    enum Measure {
        case count, exists
        case value(EventMeasure, EventValue)
    }

    var stream: EventStream
    var measure: Measure
    /// Whether the answer is the opposite.
    var isNegated = false
    /// What follows the answer in a path.
    var rest: ArraySlice<PQLStep> = []
}

extension PQLCompiler {
    // MARK: Emitting

    /// Emits a node as the answer of a leaf; nil, with nothing emitted, when it is none.
    mutating func emitEventLeaf(_ node: PQLNode) throws(PQLError) -> Result? {
        guard usesEventLeaves else { return nil }
        switch node.kind {
        case .comparison(let comparison, let left, let right):
            return try emitThreshold(comparison, left, right, at: node)
        case .chain(let chain): return try emitChainLeaf(chain, at: node)
        default:
            guard let question = try eventQuestion(node), question.stream.isClosed else { return nil }
            try checkPlainly(node)
            return try emit(question)
        }
    }

    /// Emits the truth of an array of events as the answer of a leaf; false, with nothing emitted, when it is none.
    mutating func emitEventTruth(_ node: PQLNode) throws(PQLError) -> Bool {
        guard usesEventLeaves, let stream = try eventStream(node), stream.isClosed else { return false }
        try checkPlainly(node)
        _ = try emit(EventQuestion(stream: stream, measure: .exists))
        return true
    }

    /// Finds everything that is wrong with a node of which a leaf takes the place.
    private mutating func checkPlainly(_ node: PQLNode) throws(PQLError) {
        var plain = self
        plain.usesEventLeaves = false
        _ = try plain.emit(node)
        paths = plain.paths
    }

    private mutating func emit(_ question: EventQuestion) throws(PQLError) -> Result {
        var result = Result.value
        switch question.measure {
        case .count: try appendLeaf(.count, of: question.stream, question.stream.countedItems)
        case .value(let measure, let value): try appendLeaf(measure, of: question.stream, value)
        case .exists:
            try emitCount(.greaterOrEqual, 1, of: question.stream)
            if question.isNegated { draft.ops.append(.not) }
            result = .truth
        }
        return try emitSteps(question.rest, after: result)
    }

    /// Emits the comparison of a count with a number.
    private mutating func emitCount(
        _ comparison: PQLComparison,
        _ number: Int64,
        of stream: EventStream
    ) throws(PQLError) {
        if !stream.movingWindows.isEmpty, let (least, isNegated) = PQLCompiler.threshold(comparison, number) {
            try appendLeaf(.atLeast(least), of: stream, stream.countedItems)
            draft.ops.append(.takeTruth)
            if isNegated { draft.ops.append(.not) }
        } else {
            try appendLeaf(.count, of: stream, stream.countedItems)
            draft.appendConstant(.integer(number))
            draft.ops.append(.compare(comparison))
        }
    }

    /// The least number for which a comparison holds, or no longer holds; nil when no such number is worth a state.
    private static func threshold(_ comparison: PQLComparison, _ number: Int64) -> (Int64, isNegated: Bool)? {
        guard 0...Int64(Limits.eventThresholdMax) ~= number else { return nil }
        let threshold: (Int64, Bool)
        switch comparison {
        case .greater: threshold = (number + 1, false)
        case .greaterOrEqual: threshold = (number, false)
        case .less: threshold = (number, true)
        case .lessOrEqual: threshold = (number + 1, true)
        case .equal where number == 0: threshold = (1, true)
        case .notEqual where number == 0: threshold = (1, false)
        case .equal, .notEqual: return nil
        }
        return 1...Int64(Limits.eventThresholdMax) ~= threshold.0 ? threshold : nil
    }

    private mutating func appendLeaf(
        _ measure: EventMeasure,
        of stream: EventStream,
        _ value: EventValue?
    ) throws(PQLError) {
        let conditions = EventNormalizer.conjunction(stream.conditions, at: 0)
        let windows = stream.movingWindows
        draft.windowMentions += windows
        var key = PQLPrinter.text(of: measure)
        if let value { key += (value.spreads ? " of each " : " of ") + PQLPrinter.text(of: value.node) }
        key += " where " + PQLPrinter.text(of: conditions)
        for window in Set(windows.map { ByteKey(PQLPrinter.text(of: $0.when)) }).sorted() {
            key += " during " + window.string
        }
        let code = try eventCode(conditions, value?.node)
        let readsCalendar = code.readsCalendar || windows.contains(where: \.readsCalendar)
        if readsCalendar, let zone = calendar.zone.calendarID { key += " in " + zone }
        let index = draft.eventLeaves.firstIndex { $0.key.hasSameBytes(as: key) }
        draft.ops.append(.eventLeaf(index ?? draft.eventLeaves.count))
        draft.readsEvents = true
        if !windows.isEmpty { draft.readsClock = true }
        if readsCalendar { draft.readsCalendar = true }
        guard index == nil else { return }
        draft.eventLeaves.append(
            EventLeaf(
                key: key,
                measure: measure,
                windows: EventWindows(windows),
                code: code,
                spreads: value?.spreads ?? false,
                field: EventField(of: stream.conditions)
            )
        )
    }

    /// Compiles what is asked of one event, which stands in the first slot.
    private func eventCode(_ condition: PQLNode, _ value: PQLNode?) throws(PQLError) -> PQLCode {
        var compiler = PQLCompiler(
            source: source,
            paths: PathDictionary(),
            clock: .read,
            zone: calendar.zone,
            usesLeafTests: false,
            audience: { _ in nil }
        )
        let slot = compiler.draft.newSlot()
        compiler.eventSlots.insert(slot)
        compiler.scopes.append(.variable(EventNormalizer.name(of: 0), .slot(slot)))
        try compiler.emitTruth(condition)
        let end = compiler.draft.ops.count
        guard let value else { return PQLCode(compiler.draft, calendar, truth: 0..<end, value: nil) }
        try compiler.emitValue(value)
        return PQLCode(compiler.draft, calendar, truth: 0..<end, value: end..<compiler.draft.ops.count)
    }

    // MARK: Thresholds and chains

    private mutating func emitThreshold(
        _ comparison: PQLComparison,
        _ left: PQLNode,
        _ right: PQLNode,
        at node: PQLNode
    ) throws(PQLError) -> Result? {
        let (counted, number, comparison) =
            right.isLiteral ? (left, right, comparison) : (right, left, comparison.mirrored)
        guard case .integer(let number) = number.kind, let question = try eventQuestion(counted),
            case .count = question.measure, question.stream.isClosed, question.rest.isEmpty
        else { return nil }
        try checkPlainly(node)
        try emitCount(comparison, number, of: question.stream)
        return .truth
    }

    /// Emits a chain of one step, which counts events.
    private mutating func emitChainLeaf(_ chain: PQLChain, at node: PQLNode) throws(PQLError) -> Result? {
        guard chain.steps.count == 1, let step = chain.steps.first, var stream = try eventStream(chain.source),
            stream.isOfEvents, isTimestamp(chain.timestamp)
        else { return nil }
        stream.filter(what: step.what, outside: PQLCompiler.outside(scopes.filter { !isLabel($0) }))
        if let when = step.when { stream.filter(when, at: step.offset) }
        if let condition = step.condition { stream.filter(condition, naming: step.label) }
        guard stream.isClosed else { return nil }
        try checkPlainly(node)
        switch step.count ?? .atLeast(1) {
        case .atLeast(let number): try emitCount(.greaterOrEqual, number, of: stream)
        case .compared(let comparison, let number): try emitCount(comparison, number, of: stream)
        case .between(let low, let high):
            try emitCount(.greaterOrEqual, low, of: stream)
            let toEnd = draft.appendJump(.jumpIfFalse(0))
            try emitCount(.lessOrEqual, high, of: stream)
            draft.land(toEnd)
        }
        if step.isNegated { draft.ops.append(.not) }
        return .truth
    }

    private func isLabel(_ scope: Scope) -> Bool {
        if case .variable(_, .slot(let slot)) = scope { labelTimes[slot] != nil } else { false }
    }

    /// Whether a path leads from an event to its timestamp.
    func isTimestamp(_ node: PQLNode) -> Bool {
        let normalizer = EventNormalizer(scopes: PQLCompiler.outside(scopes) + [.item(.variable(0))], depth: 1)
        return normalizer.normalized(node)?.kind == EventNormalizer.timestamp
    }

    // MARK: What is asked

    private func eventQuestion(_ node: PQLNode) throws(PQLError) -> EventQuestion? {
        switch node.kind {
        case .call, .path:
            guard let (stream, rest) = try eventStream(prefixOf: node), let step = rest.first,
                case .method(let name, let arguments) = step.kind, let function = PQLFunction(rawValue: name),
                function.argumentCounts.contains(arguments.count)
            else { return nil }
            return PQLCompiler.question(function, arguments.first, stream, rest.dropFirst())
        case .quantified(let quantifier, let generators):
            guard quantifier != .select, let generator = generators.first,
                var stream = try eventStream(generator.source)
            else { return nil }
            let isNegated = quantifier == .forall
            if isNegated, generators.count > 1 {
                // exists x (not (c and forall y (d)))
                let rest = PQLNode(kind: .quantified(.forall, Array(generators.dropFirst())), offset: node.offset)
                let parts = [generator.condition, rest].compactMap(\.self)
                stream.filter(PQLNode(kind: .and(parts), offset: node.offset), naming: generator.name, isNegated: true)
            } else {
                let always = PQLNode(kind: .boolean(true), offset: node.offset)
                let condition = generator.condition ?? (isNegated ? always : nil)
                if let condition { stream.filter(condition, naming: generator.name, isNegated: isNegated) }
                stream.filter(generators.dropFirst(), naming: generator.name)
            }
            return EventQuestion(stream: stream, measure: .exists, isNegated: isNegated)
        case .aggregate(let aggregate, let value, let generators):
            guard let generator = generators.first, generators.count <= 2,
                var stream = try eventStream(generator.source)
            else { return nil }
            if let condition = generator.condition { stream.filter(condition, naming: generator.name) }
            let inner = generators.dropFirst().first
            if aggregate == .count, inner == nil { return EventQuestion(stream: stream, measure: .count) }
            guard let value = stream.measure(value, naming: generator.name, and: inner) else { return nil }
            return EventQuestion(stream: stream, measure: .value(aggregate.eventMeasure, value))
        default: return nil
        }
    }

    private static func question(
        _ function: PQLFunction,
        _ argument: PQLNode?,
        _ stream: EventStream,
        _ rest: ArraySlice<PQLStep>
    ) -> EventQuestion? {
        var stream = stream
        switch function {
        case .count: return EventQuestion(stream: stream, measure: .count, rest: rest)
        case .exists, .forall:
            let isNegated = function == .forall
            if let argument {
                stream.filter(argument, isNegated: isNegated)
            } else if isNegated {
                return nil
            }
            return EventQuestion(stream: stream, measure: .exists, isNegated: isNegated, rest: rest)
        case .sum, .average, .min, .max:
            guard let measure = PQLAggregate(rawValue: function.rawValue)?.eventMeasure,
                let value = stream.measure(argument)
            else { return nil }
            return EventQuestion(stream: stream, measure: .value(measure, value), rest: rest)
        default: return nil
        }
    }

    // MARK: Where events come from

    /// The array of events that a node denotes; nil for any other value.
    func eventStream(_ node: PQLNode) throws(PQLError) -> EventStream? {
        guard let (stream, rest) = try eventStream(prefixOf: node), rest.isEmpty else { return nil }
        return stream
    }

    /// The longest start of a path that denotes an array of events, and the steps after it.
    func eventStream(prefixOf node: PQLNode) throws(PQLError) -> (EventStream, rest: ArraySlice<PQLStep>)? {
        let source = EventStream(outside: PQLCompiler.outside(scopes), calendar)
        switch node.kind {
        case .path(let base, let steps):
            if let (keys, taken) = try profileKeys(base, steps) {
                guard keys.first == "xEvent" else { return nil }
                let projections = keys.dropFirst().map { PQLStep(kind: .member($0), offset: node.offset) }
                return PQLCompiler.applying(projections + steps[taken...], to: source)
            }
            if case .events = try start(of: base) { return PQLCompiler.applying(steps[...], to: source) }
            guard let stream = try eventStream(base) else { return nil }
            return PQLCompiler.applying(steps[...], to: stream)
        case .call(let name, let arguments):
            guard let function = PQLFunction(rawValue: name), function.hasReceiver, let receiver = arguments.first,
                let stream = try eventStream(receiver)
            else { return nil }
            let step = PQLStep(kind: .method(name, Array(arguments.dropFirst())), offset: node.offset)
            return PQLCompiler.applying([step], to: stream)
        case .quantified(.select, let generators):
            guard let generator = generators.first, var stream = try eventStream(generator.source) else { return nil }
            if let condition = generator.condition { stream.filter(condition, naming: generator.name) }
            stream.filter(generators.dropFirst(), naming: generator.name)
            return (stream, [])
        case .special(.xEvent): return (source, [])
        case .name, .outer:
            guard let keys = try profileKeys(node, [])?.keys, keys == ["xEvent"] else { return nil }
            return (source, [])
        default: return nil
        }
    }

    private static func applying(
        _ steps: ArraySlice<PQLStep>,
        to stream: EventStream
    ) -> (EventStream, rest: ArraySlice<PQLStep>) {
        var stream = stream
        for (index, step) in zip(steps.indices, steps) {
            switch step.kind {
            case .member(let name): stream.project(name, at: step.offset)
            case .filter(let condition): stream.filter(condition)
            case .method("filter", let arguments) where arguments.count == 1: stream.filter(arguments[0])
            case .key, .method: return (stream, steps[index...])
            }
        }
        return (stream, [])
    }

    /// The scopes around a question, as its parts see them.
    static func outside(_ scopes: [Scope]) -> [EventNormalizer.Scope] {
        scopes.map { scope in
            switch scope {
            case .variable(let name, .clock(let time)): .variable(name, .clock(time))
            case .variable(let name, _): .variable(name, .outside)
            case .item: .item(.outside)
            }
        }
    }
}

extension PQLAggregate {
    fileprivate var eventMeasure: EventMeasure {
        switch self {
        case .count: .count
        case .sum: .sum
        case .average: .average
        case .min: .min
        case .max: .max
        }
    }
}

extension EventStream {
    /// What is counted of an event; nil for the event itself.
    fileprivate var countedItems: EventValue? { isOfEvents ? nil : items }
}

extension PQLPrinter {
    fileprivate static func text(of measure: EventMeasure) -> String {
        switch measure {
        case .count: "count"
        case .atLeast(let least): "at least \(least)"
        case .sum: "sum"
        case .average: "average"
        case .min: "min"
        case .max: "max"
        }
    }
}
