/// What follows `occurs`, compiled: where an instant must lie (PQL 10).
struct PQLTimeTest: Sendable {
    enum Kind: Sendable {
        case distance(PQLComparison, Int64, PQLUnit, PQLDirection)
        case side(PQLDirection)
        case between
        case on
    }

    /// Where a time of the test comes from.
    enum Operand: Sendable {
        case stack
        case period(PQLPeriod, PQLUnit)
    }

    var kind: Kind
    var operands: [Operand]

    /// How many of the operands are on the stack.
    var operandCount: Int {
        operands.count { if case .stack = $0 { true } else { false } }
    }

    /// Whether a value, or its elements when it is an array, lies where the test says; never for what is no time.
    func passes(_ value: PQLValue, _ times: [PQLValue], now: Timestamp) -> Bool {
        var times = times[...]
        var spans: [PQLSpan] = []
        for operand in operands {
            switch operand {
            case .stack:
                guard let time = times.popFirst(), let span = PQLSpan(time) else { return false }
                spans.append(span)
            case .period(let period, let unit):
                spans.append(PQLSpan(period, unit, now: now.milliseconds))
            }
        }
        guard let first = spans.first, let last = spans.last else { return false }
        var isNegative = false
        if case .distance(.notEqual, _, _, _) = kind { isNegative = true }
        return PQLLogic.test(value, isNegative: isNegative) { value in
            guard let instant = PQLTime.instant(of: value) else { return false }
            switch kind {
            case .on: return first.start <= instant && instant < first.end
            case .between: return first.start <= instant && instant < last.end
            case .side(.before): return instant < first.start
            case .side: return first.isPeriod ? instant >= first.end : instant > first.start
            case .distance(let comparison, let amount, let unit, let direction):
                return PQLTimeTest.isAtDistance(comparison, amount, unit, direction, instant, first.start)
            }
        }
    }

    /// Moves the instant, never the reference, so that each test changes at two points of time at most.
    private static func isAtDistance(
        _ comparison: PQLComparison,
        _ amount: Int64,
        _ unit: PQLUnit,
        _ direction: PQLDirection,
        _ instant: Int64,
        _ reference: Int64
    ) -> Bool {
        let isBefore = direction == .before
        let pivot = PQLCalendar.add(isBefore ? amount : -amount, unit, to: instant)
        let isOnItsSide = isBefore ? instant <= reference : reference <= instant
        let order = PQLOrder(reference, pivot)
        // Seen from the tested instant, the reference lies nearer than the pivot.
        let isNearer = order == (isBefore ? .less : .greater)
        switch comparison {
        case .less: return isOnItsSide && isNearer
        case .lessOrEqual: return isOnItsSide && (isNearer || order == .same)
        case .greater: return !isNearer && order != .same
        case .greaterOrEqual: return !isNearer
        case .equal, .notEqual:
            let isSame =
                PQLCalendar.start(of: unit, around: pivot) == PQLCalendar.start(of: unit, around: reference)
            return isSame == (comparison == .equal)
        }
    }
}

/// A stretch of time: an instant of one millisecond, a day, or a period of the calendar.
struct PQLSpan {
    var start: Int64
    /// The first instant after it.
    var end: Int64
    var isPeriod: Bool

    /// Reads a value in a time position; nil for what is no time.
    init?(_ value: PQLValue) {
        guard let start = PQLTime.instant(of: value) else { return nil }
        self.start = start
        isPeriod = false
        switch value {
        case .date: end = start + PQLCalendar.dayMilliseconds
        case .string(let text) where Timestamp(date: text) != nil: end = start + PQLCalendar.dayMilliseconds
        default: end = start + 1
        }
    }

    /// The period around, before or after an instant.
    init(_ period: PQLPeriod, _ unit: PQLUnit, now: Int64) {
        let current = PQLCalendar.start(of: unit, around: now)
        switch period {
        case .this: start = current
        case .last: start = PQLCalendar.start(of: unit, around: current - 1)
        case .next: start = PQLCalendar.add(1, unit, to: current)
        }
        end = PQLCalendar.add(1, unit, to: start)
        isPeriod = true
    }
}
