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
        case clock(PQLClockTime)

        var isOnStack: Bool {
            if case .stack = self { true } else { false }
        }
    }

    /// A time of the test at hand.
    enum Bound {
        case fixed(PQLSpan)
        case clock(PQLClockTime)

        func span(at now: Int64, _ calendar: PQLCalendar) -> PQLSpan {
            switch self {
            case .fixed(let span): span
            case .clock(let time): PQLSpan(time, now: now, calendar)
            }
        }
    }

    /// The times of the test at hand; the same twice when there is one.
    struct Bounds {
        var first: Bound
        var last: Bound
    }

    var kind: Kind
    /// Whether the tested instant is `now`, else it is on the stack below the operands.
    var testsNow: Bool
    var operands: [Operand]

    /// How many of the operands are on the stack.
    var operandCount: Int { operands.count(where: \.isOnStack) }

    /// Whether the clock alone can change the outcome.
    var readsClock: Bool { testsNow || operandCount < operands.count }

    /// The times of the test; nil when one is no time.
    func bounds(_ times: [PQLValue], _ calendar: PQLCalendar) -> Bounds? {
        var times = times[...]
        var bounds: Bounds?
        for operand in operands {
            let bound: Bound
            switch operand {
            case .stack:
                guard let time = times.popFirst(), let span = PQLSpan(time, calendar) else { return nil }
                bound = .fixed(span)
            case .clock(let time): bound = .clock(time)
            }
            bounds = Bounds(first: bounds?.first ?? bound, last: bound)
        }
        return bounds
    }

    /// Whether a value, or its elements when it is an array, lies where the test says; never for what is no time.
    func passes(_ value: PQLValue, _ bounds: Bounds, now: Int64, _ calendar: PQLCalendar) -> Bool {
        let first = bounds.first.span(at: now, calendar)
        let last = bounds.last.span(at: now, calendar)
        var isNegative = false
        if case .distance(.notEqual, _, _, _) = kind { isNegative = true }
        return PQLLogic.test(value, isNegative: isNegative) { value in
            guard let instant = calendar.instant(of: value) else { return false }
            return holds(of: instant, first, last, calendar)
        }
    }

    /// Whether one instant lies where the test says.
    func holds(of instant: Int64, _ bounds: Bounds, now: Int64, _ calendar: PQLCalendar) -> Bool {
        holds(of: instant, bounds.first.span(at: now, calendar), bounds.last.span(at: now, calendar), calendar)
    }

    private func holds(of instant: Int64, _ first: PQLSpan, _ last: PQLSpan, _ calendar: PQLCalendar) -> Bool {
        switch kind {
        case .on: return first.start <= instant && instant < first.end
        case .between: return first.start <= instant && instant < last.end
        case .side(.before): return instant < first.start
        case .side: return first.isPeriod ? instant >= first.end : instant > first.start
        case .distance(let comparison, let amount, let unit, let direction):
            let pivot = PQLTimeTest.pivot(of: instant, amount, unit, direction, calendar)
            let reference = first.start
            let isBefore = direction == .before
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
                let isSame = calendar.index(of: unit, around: pivot) == calendar.index(of: unit, around: reference)
                return isSame == (comparison == .equal)
            }
        }
    }

    /// The tested instant moved by the distance: it moves, never the reference, so that each test changes at two points
    /// of time at most.
    static func pivot(
        of instant: Int64,
        _ amount: Int64,
        _ unit: PQLUnit,
        _ direction: PQLDirection,
        _ calendar: PQLCalendar
    ) -> Int64 {
        calendar.add(direction == .before ? amount : -amount, unit, to: instant)
    }
}

/// A stretch of time: an instant of one millisecond, a day, or a period of the calendar.
struct PQLSpan {
    var start: Int64
    /// The first instant after it.
    var end: Int64
    var isPeriod: Bool

    /// Reads a value in a time position; nil for what is no time.
    init?(_ value: PQLValue, _ calendar: PQLCalendar) {
        isPeriod = false
        if let day = calendar.day(of: value) {
            (start, end) = day
        } else if let instant = calendar.instant(of: value) {
            (start, end) = (instant, instant + 1)
        } else {
            return nil
        }
    }

    /// Where a time stands at an instant.
    init(_ time: PQLClockTime, now: Int64, _ calendar: PQLCalendar) {
        isPeriod = time.isPeriod
        if time == .now {
            (start, end) = (now, now + 1)
        } else {
            let index = calendar.index(of: time.unit, around: now) + time.distance
            start = calendar.start(of: time.unit, at: index)
            end = calendar.start(of: time.unit, at: index + 1)
        }
    }
}
