extension PQLCompiler {
    /// The time that moves with the clock for which a node stands, as a word or a name given to one.
    func clockTime(of node: PQLNode) throws(PQLError) -> PQLClockTime? {
        if case .place(.clock(let time)) = try start(of: node) { return time }
        return nil
    }

    /// Emits a time as a plain value.
    mutating func emitClockTime(_ time: PQLClockTime, at node: PQLNode) throws(PQLError) {
        draft.readsClock = true
        if case .day(let distance) = time {
            draft.readsCalendar = true
            draft.ops.append(.day(distance))
            return
        }
        guard clock == .read else {
            throw error(
                .clock,
                node,
                "\"now\" as a plain value changes with every millisecond, which no audience can follow; compare it, as in "
                    + "renewal > now, or write occurs, as in renewal occurs < 3 days after now"
            )
        }
        draft.ops.append(.now)
    }

    /// Emits a comparison with a time, or a part of its day, on a side; false, with nothing emitted, when there is none.
    mutating func emitClockComparison(
        _ comparison: PQLComparison,
        _ left: PQLNode,
        _ right: PQLNode
    ) throws(PQLError) -> Bool {
        let leftTime = try clockTime(of: left)
        let rightTime = try clockTime(of: right)
        // `now` moves most often, so it is the one that is watched.
        if let time = rightTime, leftTime != .now {
            try emitValue(left)
            try noteDay(left, beside: time)
            draft.ops.append(.compareWithClock(comparison, time))
        } else if let time = leftTime {
            if rightTime == .now {
                draft.ops.append(.setTruth(PQLOrder.same.satisfies(comparison)))
                return true
            }
            try emitValue(right)
            try noteDay(right, beside: time)
            draft.ops.append(.compareWithClock(comparison.mirrored, time))
        } else if let (part, distance) = try datePart(right) {
            try emitValue(left)
            draft.readsCalendar = true
            draft.ops.append(.compareWithPart(comparison, part, ofDay: distance))
        } else if let (part, distance) = try datePart(left) {
            try emitValue(right)
            draft.readsCalendar = true
            draft.ops.append(.compareWithPart(comparison.mirrored, part, ofDay: distance))
        } else {
            return false
        }
        draft.readsClock = true
        return true
    }

    /// What `currentMonth()`, `now.getMonth()` and their kin read: a part of a day so many days from today.
    private func datePart(_ node: PQLNode) throws(PQLError) -> (part: PQLDatePart, distance: Int)? {
        let (name, arguments): (String, [PQLNode])
        switch node.kind {
        case .call(let called, let values): (name, arguments) = (called, values)
        case .path(let base, let steps):
            guard steps.count == 1, case .method(let called, let values) = steps[0].kind else { return nil }
            (name, arguments) = (called, [base] + values)
        default: return nil
        }
        guard let function = PQLFunction(rawValue: name), let part = function.datePart else { return nil }
        if !function.hasReceiver { return arguments.isEmpty ? (part, 0) : nil }
        guard arguments.count == 1, let time = try clockTime(of: arguments[0]) else { return nil }
        return (part, Int(time.distance))
    }

    /// Emits `getMonth()` or its kin of a time that moves; false, with nothing emitted, for anything else.
    mutating func emitDatePart(_ function: PQLFunction, of node: PQLNode) throws(PQLError) -> Bool {
        guard function.hasReceiver, let part = function.datePart, let time = try clockTime(of: node) else {
            return false
        }
        emitDatePart(part, ofDay: Int(time.distance))
        return true
    }

    mutating func emitDatePart(_ part: PQLDatePart, ofDay distance: Int) {
        draft.readsClock = true
        draft.readsCalendar = true
        draft.ops.append(.datePart(part, ofDay: distance))
    }

    // MARK: occurs

    mutating func emitOccurs(_ value: PQLNode, _ when: PQLWhen, at node: PQLNode) throws(PQLError) -> Result {
        var testsNow = try clockTime(of: value) == .now
        // A distance moves the instant it is asked of; what moves already stays a plain value.
        if case .distance = when { testsNow = false }
        if !testsNow {
            try emitValue(value)
            try noteDay(value)
        }
        try emitTimeTest(when, testsNow: testsNow, at: node.offset)
        return .truth
    }

    /// Emits the test of the instant on the stack, or of `now`.
    mutating func emitTimeTest(_ when: PQLWhen, testsNow: Bool = false, at offset: Int) throws(PQLError) {
        let kind: PQLTimeTest.Kind
        let positions: [PQLTimePosition]
        switch when {
        case .distance(let comparison, let amount, let unit, let direction, let position):
            (kind, positions) = (.distance(comparison, amount, unit, direction), [position])
            if unit.isOfCalendar { draft.readsCalendar = true }
        case .side(let direction, let position): (kind, positions) = (.side(direction), [position])
        case .between(let start, let end): (kind, positions) = (.between, [start, end])
        case .on(let position): (kind, positions) = (.on, [position])
        }
        var operands: [PQLTimeTest.Operand] = []
        for position in positions { operands.append(try emitTime(position)) }
        let test = PQLTimeTest(kind: kind, testsNow: testsNow, operands: operands)
        if test.readsClock { draft.readsClock = true }
        draft.timeTests.append(test)
        draft.ops.append(.occurs(draft.timeTests.count - 1))
    }

    private mutating func emitTime(_ position: PQLTimePosition) throws(PQLError) -> PQLTimeTest.Operand {
        switch position {
        case .period(let period, let unit):
            if unit.isOfCalendar { draft.readsCalendar = true }
            return .clock(.period(period, unit))
        case .value(let node):
            try refuseNonTime(node)
            switch try start(of: node) {
            case .place(.clock(let time)):
                if time.unit.isOfCalendar { draft.readsCalendar = true }
                return .clock(time)
            // A chain's label alone stands for the timestamp of its event.
            case .place(.slot(let slot)) where labelTimes[slot] != nil:
                draft.ops.append(.load(labelTimes[slot] ?? slot))
            default:
                try emitValue(node)
                try noteDay(node)
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
            if Timestamp(iso8601: text) != nil || Timestamp(date: text) != nil { return }
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
