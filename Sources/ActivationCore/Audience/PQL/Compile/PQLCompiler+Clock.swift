extension PQLCompiler {
    /// Refuses what changes with the clock alone, unless the caller evaluates at an instant of its own.
    private func readClock(_ construct: String, at offset: Int) throws(PQLError) {
        guard clock == .refused else { return }
        throw source.error(
            .notSupportedYet,
            at: offset,
            "\(construct) changes with the clock alone; this is part of the language but not supported yet in an audience"
        )
    }

    mutating func emitTimeWord(_ special: PQLSpecial, at node: PQLNode) throws(PQLError) {
        try readClock("\"\(special.rawValue)\"", at: node.offset)
        switch special {
        case .now: draft.ops.append(.now)
        case .today: draft.ops.append(.day(0))
        case .yesterday: draft.ops.append(.day(-1))
        case .tomorrow: draft.ops.append(.day(1))
        case .this, .xEvent: preconditionFailure("\(special) is no time")
        }
    }

    mutating func emitClock(_ function: PQLFunction, at node: PQLNode) throws(PQLError) {
        try readClock("\(function.rawValue)()", at: node.offset)
        draft.ops.append(.function(function))
    }

    // MARK: occurs

    mutating func emitOccurs(_ value: PQLNode, _ when: PQLWhen, at node: PQLNode) throws(PQLError) -> Result {
        try emitValue(value)
        try emitTimeTest(when, at: node.offset)
        return .truth
    }

    /// Emits the test of the instant on the stack.
    mutating func emitTimeTest(_ when: PQLWhen, at offset: Int) throws(PQLError) {
        let test: PQLTimeTest
        switch when {
        case .distance(let comparison, let amount, let unit, let direction, let position):
            test = PQLTimeTest(
                kind: .distance(comparison, amount, unit, direction),
                operands: [try emitTime(position, at: offset)]
            )
        case .side(let direction, let position):
            test = PQLTimeTest(kind: .side(direction), operands: [try emitTime(position, at: offset)])
        case .between(let start, let end):
            let first = try emitTime(start, at: offset)
            test = PQLTimeTest(kind: .between, operands: [first, try emitTime(end, at: offset)])
        case .on(let position):
            test = PQLTimeTest(kind: .on, operands: [try emitTime(position, at: offset)])
        }
        draft.timeTests.append(test)
        draft.ops.append(.occurs(draft.timeTests.count - 1))
    }

    private mutating func emitTime(_ position: PQLTimePosition, at offset: Int) throws(PQLError) -> PQLTimeTest.Operand
    {
        switch position {
        case .period(let period, let unit):
            try readClock("\"\(period.rawValue) \(unit.rawValue)\"", at: offset)
            return .period(period, unit)
        case .value(let node):
            try refuseNonTime(node)
            // A chain's label alone stands for the timestamp of its event.
            if case .place(.slot(let slot)) = try start(of: node), let time = labelTimes[slot] {
                draft.ops.append(.load(time))
            } else {
                try emitValue(node)
            }
            return .stack
        }
    }

    private func refuseNonTime(_ node: PQLNode) throws(PQLError) {
        let found: String
        switch node.kind {
        case .null: found = "null"
        case .integer, .double, .negative: found = "a number"
        case .boolean: found = "a boolean"
        case .array, .object: found = "an array or object"
        case .string(let text):
            if Timestamp(rfc3339: text) != nil || Timestamp(date: text) != nil { return }
            found = "a text that is no ISO 8601 date or instant"
        default: return
        }
        throw error(
            .wrongArguments,
            node,
            "found \(found) where a time is expected, such as now, today, date(2026, 4, 1), last month or a path"
        )
    }
}
