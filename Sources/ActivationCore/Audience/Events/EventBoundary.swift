/// The instant at which a window opens or closes for an event: when a time that moves with the clock reaches a limit,
/// which the event's timestamp sets.
struct EventBoundary: Sendable {
    enum Reference: Sendable {
        case clock(PQLClockTime)
        case fixed(PQLSpan)
    }

    /// How a pivot becomes a limit.
    enum Rounding: Sendable {
        case none
        /// To the start of its unit.
        case down(PQLUnit)
        /// To the start of the next unit.
        case up(PQLUnit)
    }

    var reference: Reference
    /// Whether the end of the reference is what moves, else its start.
    var isEnd: Bool
    var pivot: EventPivot
    var rounding: Rounding = .none
    /// Milliseconds by which the limit lies after the pivot.
    var delay: Int64 = 0

    private var calendar: PQLCalendar { pivot.calendar }

    /// Whether the clock has a part in it.
    var moves: Bool {
        if case .clock = reference { true } else { false }
    }

    /// Whether it lies where a time zone has its days and longer units.
    var readsCalendar: Bool {
        if pivot.amount != 0, pivot.unit.isOfCalendar { return true }
        switch rounding {
        case .none: break
        case .down(let unit), .up(let unit): if unit.isOfCalendar { return true }
        }
        return switch reference {
        case .clock(let time): time.unit.isOfCalendar
        // An instant is one millisecond long, which no day is.
        case .fixed(let span): span.end - span.start != 1
        }
    }

    /// When the boundary is passed for an event: at the beginning of time, at an instant, or never.
    func instant(of timestamp: Int64) -> Int64 {
        instant(reaching: limit(of: pivot.instant(of: timestamp)))
    }

    /// The boundary is passed no earlier for any event from a timestamp on.
    func earliestInstant(from timestamp: Int64) -> Int64 {
        instant(reaching: limit(of: pivot.earliestInstant(from: timestamp)))
    }

    /// Every event for which the boundary lies after an instant has its timestamp at or after this.
    func firstTimestamp(after instant: Int64) -> Int64 {
        let position = position(at: instant)
        return switch rounding {
        case .none: pivot.firstTimestamp(reaching: PQLCalendar.clamped(position, plus: 1 - delay))
        case .down(let unit): pivot.firstTimestamp(reaching: start(of: unit, around: position, plus: 1))
        case .up(let unit): pivot.firstTimestamp(reaching: start(of: unit, around: position, plus: 0))
        }
    }

    /// Every event from whose timestamp on the boundary can lie at or before an instant has it at or before this.
    func lastTimestamp(through instant: Int64) -> Int64 {
        let position = position(at: instant)
        return switch rounding {
        case .none: pivot.lastTimestamp(within: PQLCalendar.clamped(position, plus: -delay))
        case .down(let unit): pivot.lastTimestamp(within: start(of: unit, around: position, plus: 1) - 1)
        case .up(let unit): pivot.lastTimestamp(within: start(of: unit, around: position, plus: 0) - 1)
        }
    }

    private func limit(of pivot: Int64) -> Int64 {
        switch rounding {
        case .none: PQLCalendar.clamped(pivot, plus: delay)
        case .down(let unit): start(of: unit, around: pivot, plus: 0)
        case .up(let unit): start(of: unit, around: pivot, plus: 1)
        }
    }

    private func start(of unit: PQLUnit, around instant: Int64, plus distance: Int64) -> Int64 {
        if abs(instant) >= PQLCalendar.farthest { return instant }
        return calendar.start(of: unit, at: calendar.index(of: unit, around: instant) + distance)
    }

    /// Where the reference stands at an instant.
    private func position(at instant: Int64) -> Int64 {
        let span =
            switch reference {
            case .clock(let time): PQLSpan(time, now: instant, calendar)
            case .fixed(let span): span
            }
        return isEnd ? span.end : span.start
    }

    private func instant(reaching limit: Int64) -> Int64 {
        if limit <= -PQLCalendar.farthest { return .min }
        if limit >= PQLCalendar.farthest { return .max }
        switch reference {
        case .clock(let time): return calendar.instant(when: time, reaches: limit, next: isEnd)
        case .fixed(let span): return (isEnd ? span.end : span.start) >= limit ? .min : .max
        }
    }
}
