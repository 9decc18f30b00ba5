/// A test of an event's timestamp that holds from one instant of the clock on until another (PQL 11).
struct EventWindow: Sendable {
    /// From when on it holds; nil = from the beginning of time.
    var entry: EventBoundary?
    /// From when on it no longer holds; nil = never.
    var exit: EventBoundary?
    /// What follows `occurs`, in a plain spelling.
    var when: PQLWhen
    /// The byte of the expression where the test starts.
    var offset = 0

    /// A time of the test.
    struct Time {
        var reference: EventBoundary.Reference
        var position: PQLTimePosition

        var isPeriod: Bool {
            if case .clock(let time) = reference { time.isPeriod } else { false }
        }
    }

    /// Reads what follows `occurs`; nil for a test that does not hold for one stretch of time, as `!=`.
    ///
    /// - Parameters:
    ///   - when: The test.
    ///   - calendar: The calendar of the expression.
    ///   - time: What a time of the test stands for; nil when it differs from event to event or profile to profile.
    init?(_ when: PQLWhen, _ calendar: PQLCalendar, time: (PQLTimePosition) -> Time?) {
        let still = EventPivot(amount: 0, unit: .millisecond, calendar: calendar)
        func boundary(_ time: Time, isEnd: Bool, delay: Int64) -> EventBoundary {
            EventBoundary(reference: time.reference, isEnd: isEnd, pivot: still, delay: delay)
        }
        switch when {
        case .on(let position):
            guard let time = time(position) else { return nil }
            entry = boundary(time, isEnd: true, delay: 1)
            exit = boundary(time, isEnd: false, delay: 1)
            self.when = .on(time.position)
        case .between(let start, let end):
            guard let first = time(start), let last = time(end) else { return nil }
            entry = boundary(last, isEnd: true, delay: 1)
            exit = boundary(first, isEnd: false, delay: 1)
            self.when = .between(first.position, last.position)
        case .side(.before, let position):
            guard let time = time(position) else { return nil }
            entry = boundary(time, isEnd: false, delay: 1)
            self.when = .side(.before, time.position)
        case .side(_, let position):
            guard let time = time(position) else { return nil }
            exit = boundary(time, isEnd: time.isPeriod, delay: time.isPeriod ? 1 : 0)
            self.when = .side(.after, time.position)
        case .distance(let comparison, let amount, let unit, let direction, let position):
            guard comparison != .notEqual, let time = time(position) else { return nil }
            let isBefore = direction == .before
            let pivot = EventPivot(amount: isBefore ? amount : -amount, unit: unit, calendar: calendar)
            let start = EventBoundary(reference: time.reference, isEnd: false, pivot: pivot)
            (entry, exit) = EventWindow.bounds(comparison, isBefore, start, still)
            self.when = .distance(comparison, amount, unit, isBefore ? .before : .after, time.position)
        }
    }

    /// Where a reference has to lie between a timestamp and its pivot, or beyond it.
    private static func bounds(
        _ comparison: PQLComparison,
        _ isBefore: Bool,
        _ atPivot: EventBoundary,
        _ still: EventPivot
    ) -> (entry: EventBoundary?, exit: EventBoundary?) {
        var afterPivot = atPivot
        afterPivot.delay = 1
        var atTimestamp = atPivot
        atTimestamp.pivot = still
        var afterTimestamp = atTimestamp
        afterTimestamp.delay = 1
        switch comparison {
        case .less: return isBefore ? (atTimestamp, atPivot) : (afterPivot, afterTimestamp)
        case .lessOrEqual: return isBefore ? (atTimestamp, afterPivot) : (atPivot, afterTimestamp)
        case .greater: return isBefore ? (afterPivot, nil) : (nil, atPivot)
        case .greaterOrEqual: return isBefore ? (atPivot, nil) : (nil, afterPivot)
        case .equal, .notEqual:
            var (start, end) = (atPivot, atPivot)
            start.rounding = .down(atPivot.pivot.unit)
            end.rounding = .up(atPivot.pivot.unit)
            return (start, end)
        }
    }

    /// Whether the clock has a part in it.
    var moves: Bool { entry?.moves ?? false || exit?.moves ?? false }

    /// Whether its bounds lie where a time zone has its days and longer units.
    var readsCalendar: Bool { entry?.readsCalendar ?? false || exit?.readsCalendar ?? false }

    /// No event before this timestamp can be inside at an instant or later.
    func firstTimestamp(from instant: Int64) -> Int64 {
        exit?.firstTimestamp(after: instant) ?? .min
    }

    /// The window as words: its length for a distance back from now, else what follows `occurs`.
    var span: String {
        switch when {
        case .distance(let comparison, let amount, let unit, .before, .value(let node))
        where (comparison == .less || comparison == .lessOrEqual) && node.kind == .special(.now):
            return EventWindow.length(amount, unit)
        case .on: return String(PQLPrinter.text(of: when).dropFirst("on ".count))
        default: return PQLPrinter.text(of: when)
        }
    }

    private static func length(_ amount: Int64, _ unit: PQLUnit) -> String {
        guard amount != 1 else { return "1 \(unit.rawValue)" }
        return switch unit {
        case .century: "\(amount) centuries"
        case .millennium: "\(amount) millennia"
        default: "\(amount) \(unit.rawValue)s"
        }
    }
}

/// Windows an event has to be in all at once.
struct EventWindows: Sendable {
    let windows: [EventWindow]
    /// The boundaries that the clock passes.
    let entries: [EventBoundary]
    let exits: [EventBoundary]

    init(_ windows: [EventWindow]) {
        self.windows = windows
        entries = windows.compactMap(\.entry).filter(\.moves)
        exits = windows.compactMap(\.exit).filter(\.moves)
    }

    var isEmpty: Bool { windows.isEmpty }

    /// When an event is inside: from `entry` on until before `exit`; never when that is not after `entry`.
    func stay(of timestamp: Int64) -> EventStay {
        var stay = EventStay(entry: .min, exit: .max)
        for window in windows {
            if let entry = window.entry { stay.entry = max(stay.entry, entry.instant(of: timestamp)) }
            if let exit = window.exit { stay.exit = min(stay.exit, exit.instant(of: timestamp)) }
        }
        return stay
    }
}

/// For how long an event is inside of windows.
struct EventStay {
    var entry: Int64
    /// The first instant at which it is outside again.
    var exit: Int64

    func contains(_ instant: Int64) -> Bool { entry <= instant && instant < exit }

    /// When the event enters, after an instant; never when it is inside already or does not come in any more.
    func entry(after instant: Int64) -> Int64 { instant < entry && entry < exit ? entry : .max }

    /// When the event enters or leaves next, after an instant.
    func change(after instant: Int64) -> Int64 { contains(instant) ? exit : entry(after: instant) }
}
