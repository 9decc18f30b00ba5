/// What one event adds to a leaf.
struct EventContribution {
    /// Items, for a count.
    var items: Int64 = 0
    /// Values, for the other measures.
    var values: [PQLValue] = []

    var isNothing: Bool { items == 0 && values.isEmpty }
}

/// Works out what events add to a leaf, one after the other.
struct EventReader {
    private let leaf: EventLeaf
    private var machine: PQLMachine

    private static let noPaths = PathDictionary()

    init(_ leaf: EventLeaf) {
        self.leaf = leaf
        machine = PQLMachine(
            code: leaf.code,
            input: EvaluationInput(attributes: AttributeView(), now: Timestamp(milliseconds: 0)),
            paths: EventReader.noPaths,
            tellsChanges: false
        )
    }

    /// What an event adds while it is inside of the windows; nil when it does not pass the conditions.
    ///
    /// A function of the event alone, so what was added can be taken out again. An event that takes more than
    /// ``Limits/expressionStepsMax`` steps does not pass.
    mutating func contribution(of event: ProfileEvent) -> EventContribution? {
        machine.startOver()
        machine.slots[0] = PQLValue(event.body.root)
        machine.run(leaf.code.truth)
        guard machine.result.truth else { return nil }
        guard let value = leaf.code.value else { return EventContribution(items: 1) }
        machine.run(value)
        guard !machine.isExhausted else { return nil }
        let contribution = leaf.contribution(of: machine.pop())
        return contribution.isNothing ? nil : contribution
    }
}

extension EventLeaf {
    func contribution(of event: ProfileEvent) -> EventContribution? {
        var reader = EventReader(self)
        return reader.contribution(of: event)
    }

    fileprivate func contribution(of value: PQLValue) -> EventContribution {
        var values = [value]
        if spreads {
            guard case .array(let items) = value else { return EventContribution() }
            if measure.counts { return EventContribution(items: Int64(items.count)) }
            values = items.values
        }
        return EventContribution(values: values.filter(measure.takes))
    }
}

extension EventMeasure {
    /// Whether items are counted and their values do not matter.
    var counts: Bool {
        switch self {
        case .count, .atLeast: true
        case .sum, .average, .min, .max: false
        }
    }

    /// Whether a value matters; what is skipped by a sum or an extreme is left out at once.
    fileprivate func takes(_ value: PQLValue) -> Bool {
        switch value {
        case .integer, .double: true
        case .string, .date, .timestamp: self == .min || self == .max
        default: false
        }
    }
}
