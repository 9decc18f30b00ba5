/// An array that an expression makes of `xEvent` by filters and projections alone.
struct EventStream {
    /// What is asked of an event, in plain spelling.
    var conditions: [PQLNode] = []
    /// Windows on the event's timestamp, which it has to be in.
    var windows: [EventWindow] = []
    /// What leads from an array of one event to the items, when those are not the events themselves.
    var steps: [PQLStep] = []
    /// Whether conditions and windows say it all; else some of what is asked looks at more than the event.
    var isClosed = true
    private let calendar: PQLCalendar
    private let outside: [EventNormalizer.Scope]

    /// `xEvent` itself.
    ///
    /// - Parameters:
    ///   - outside: The scopes around it, in which all but times that move stands for something else.
    ///   - calendar: The calendar of the expression.
    init(outside: [EventNormalizer.Scope], _ calendar: PQLCalendar) {
        self.outside = outside
        self.calendar = calendar
    }

    var isOfEvents: Bool { steps.isEmpty }

    /// Windows that move with the clock; the others are conditions.
    var movingWindows: [EventWindow] { windows.filter(\.moves) }

    /// What reads an item: as the current one and by a name, or by the name alone.
    private func normalizer(_ name: String?, isItem: Bool, in scopes: [EventNormalizer.Scope]? = nil) -> EventNormalizer
    {
        let variable = isOfEvents ? 0 : 1
        var added: [EventNormalizer.Scope] = isItem ? [.item(.variable(variable))] : []
        if let name { added.append(.variable(name, .variable(variable))) }
        return EventNormalizer(scopes: (scopes ?? outside) + added, depth: variable + 1)
    }

    // MARK: Conditions

    /// Keeps items that pass an argument of `filter`, `exists` or, negated, `forall`.
    mutating func filter(_ argument: PQLNode, isNegated: Bool = false) {
        if case .lambda(let names, let body) = argument.kind, names.count == 1 {
            filter(body, by: normalizer(names[0], isItem: true), isNegated: isNegated)
        } else {
            filter(argument, by: normalizer(nil, isItem: true), isNegated: isNegated)
        }
    }

    /// Keeps items that pass a condition which knows them by a name.
    mutating func filter(_ condition: PQLNode, naming name: String, isNegated: Bool = false) {
        filter(condition, by: normalizer(name, isItem: false), isNegated: isNegated)
    }

    /// Keeps events that pass a chain's WHAT, in whose scope no label is known.
    mutating func filter(what condition: PQLNode, outside scopes: [EventNormalizer.Scope]) {
        filter(condition, by: normalizer(nil, isItem: true, in: scopes), isNegated: false)
    }

    /// Keeps events whose timestamp passes a test.
    mutating func filter(_ when: PQLWhen, at offset: Int) {
        // No name in an expression is empty.
        let timestamp = PQLNode(kind: .name(""), offset: offset).appending(.member("timestamp"))
        let test = PQLNode(kind: .occurs(timestamp, when), offset: offset)
        filter(test, by: normalizer("", isItem: false), isNegated: false)
    }

    private mutating func filter(_ condition: PQLNode, by normalizer: EventNormalizer, isNegated: Bool) {
        guard isOfEvents else {
            let item = EventNormalizer.name(of: 1)
            guard var body = normalizer.normalized(condition) else {
                isClosed = false
                return
            }
            if isNegated { body = PQLNode(kind: .not(body), offset: body.offset) }
            let lambda = PQLNode(kind: .lambda([item], body), offset: condition.offset)
            steps.append(PQLStep(kind: .method("filter", [lambda]), offset: condition.offset))
            return
        }
        switch condition.kind {
        case .and(let operands) where !isNegated:
            for operand in operands { filter(operand, by: normalizer, isNegated: false) }
        case .or(let operands) where isNegated:
            for operand in operands { filter(operand, by: normalizer, isNegated: true) }
        case .not(let operand): filter(operand, by: normalizer, isNegated: !isNegated)
        case .occurs(let value, let when) where !isNegated && isTimestamp(value, normalizer):
            if var window = EventWindow(when, calendar, time: { normalizer.time($0, calendar) }) {
                window.offset = value.start
                windows.append(window)
                if !window.moves { add(condition, by: normalizer, isNegated: false) }
            } else {
                add(condition, by: normalizer, isNegated: false)
            }
        default: add(condition, by: normalizer, isNegated: isNegated)
        }
    }

    private func isTimestamp(_ node: PQLNode, _ normalizer: EventNormalizer) -> Bool {
        normalizer.normalized(node)?.kind == EventNormalizer.timestamp
    }

    private mutating func add(_ condition: PQLNode, by normalizer: EventNormalizer, isNegated: Bool) {
        guard let condition = normalizer.normalized(condition) else {
            isClosed = false
            return
        }
        conditions.append(isNegated ? PQLNode(kind: .not(condition), offset: condition.offset) : condition)
    }

    /// Keeps items for which further generators find something.
    mutating func filter(_ generators: ArraySlice<PQLGenerator>, naming name: String) {
        guard let first = generators.first else { return }
        let condition = PQLNode(kind: .quantified(.exists, Array(generators)), offset: first.source.offset)
        filter(condition, naming: name)
    }

    // MARK: Items

    mutating func project(_ name: String, at offset: Int) {
        steps.append(PQLStep(kind: .member(name), offset: offset))
    }

    /// What an argument of an aggregation makes of an item; nil when it looks at more than the event.
    mutating func measure(_ argument: PQLNode?) -> EventValue? {
        guard let argument else { return items }
        if isOfEvents {
            if case .lambda(let names, let body) = argument.kind, names.count == 1 {
                return value(body, by: normalizer(names[0], isItem: true))
            }
            return value(argument, by: normalizer(nil, isItem: true))
        }
        guard let lambda = EventNormalizer(scopes: outside, depth: 1).loop(argument) else { return nil }
        steps.append(PQLStep(kind: .method("map", [lambda]), offset: argument.offset))
        return items
    }

    /// What a value over a generator, and perhaps a second one, makes of an event; nil when it looks at more.
    func measure(_ value: PQLNode, naming name: String, and inner: PQLGenerator?) -> EventValue? {
        guard isOfEvents else { return nil }
        let normalizer = normalizer(name, isItem: false)
        guard let inner else { return self.value(value, by: normalizer) }
        let select = PQLNode(kind: .quantified(.select, [inner]), offset: inner.source.offset)
        let lambda = PQLNode(kind: .lambda([inner.name], value), offset: value.offset)
        // A lambda is read as the argument of a function, whose bare names are the item's; a generator's are not.
        guard let items = normalizer.normalized(select),
            let body = normalizer.entering([.variable(inner.name, .variable(normalizer.depth))], variables: 1)
                .normalized(value)
        else { return nil }
        let named = PQLNode(
            kind: .lambda([EventNormalizer.name(of: normalizer.depth)], body),
            offset: lambda.offset
        )
        return EventValue(node: items.appending(.method("map", [named])), spreads: true)
    }

    private func value(_ node: PQLNode, by normalizer: EventNormalizer) -> EventValue? {
        normalizer.normalized(node).map { EventValue(node: $0, spreads: false) }
    }

    /// The items of an event; nil for the event itself, which has no other value.
    var items: EventValue? {
        let event = PQLNode(kind: .name(EventNormalizer.name(of: 0)), offset: 0)
        if isOfEvents { return EventValue(node: event, spreads: false) }
        let one = PQLNode(kind: .array([event]), offset: 0)
        return EventValue(node: PQLNode(kind: .path(one, steps), offset: 0), spreads: true)
    }
}

/// What is measured of an event.
struct EventValue {
    var node: PQLNode
    /// Whether it is an array, each of whose items counts by itself.
    var spreads: Bool
}
