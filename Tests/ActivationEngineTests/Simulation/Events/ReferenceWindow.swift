/// A time that a test of an event's timestamp refers to (PQL 10).
enum ReferenceTime: Equatable {
    case now
    /// A day, so many days from today.
    case day(Int64)
    /// `last`, `this` or `next` with a unit.
    case period(ReferenceCalendar.Unit, Int64)

    var pql: String {
        switch self {
        case .now: "now"
        case .day(let distance): distance < 0 ? "yesterday" : distance > 0 ? "tomorrow" : "today"
        case .period(let unit, let distance):
            "\(distance < 0 ? "last" : distance > 0 ? "next" : "this") \(unit.rawValue)"
        }
    }

    /// The unit in whose steps it moves; nil when it moves with the clock.
    var unit: ReferenceCalendar.Unit? {
        switch self {
        case .now: nil
        case .day: .day
        case .period(let unit, _): unit
        }
    }

    private var distance: Int64 {
        switch self {
        case .now: 0
        case .day(let distance), .period(_, let distance): distance
        }
    }

    func start(at now: Int64, _ calendar: ReferenceCalendar) -> Int64 {
        unit.map { calendar.start(of: $0, now, plus: distance) } ?? now
    }

    func end(at now: Int64, _ calendar: ReferenceCalendar) -> Int64 {
        unit.map { calendar.start(of: $0, now, plus: distance + 1) } ?? now + 1
    }
}

/// A comparison, of numbers or of distances.
enum ReferenceComparison: String, CaseIterable {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "="
    case notEqual = "!="

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .equal: left == right
        case .notEqual: left != right
        }
    }
}

/// A test of an event's timestamp that depends on the clock.
enum ReferenceWindow {
    enum Direction: String {
        case before, after
    }

    case on(ReferenceTime)
    case before(ReferenceTime)
    case after(ReferenceTime)
    case between(ReferenceTime, ReferenceTime)
    case distance(ReferenceComparison, Int64, ReferenceCalendar.Unit, Direction, ReferenceTime)
    /// The timestamp compared with `now`.
    case compared(ReferenceComparison)
    /// In the month of the year in which `now` is, whichever year.
    case monthOfYear
    /// On the day of the month on which `now` is.
    case dayOfMonth

    /// The test of a timestamp that is called like this.
    func pql(_ timestamp: String) -> String {
        switch self {
        case .on(.day(let distance)): "\(timestamp) occurs \(ReferenceTime.day(distance).pql)"
        case .on(let time): "\(timestamp) occurs on \(time.pql)"
        case .compared(let comparison): "\(timestamp) \(comparison.rawValue) now"
        case .monthOfYear: "\(timestamp).getMonth() = currentMonth()"
        case .dayOfMonth: "\(timestamp).getDayOfMonth() = currentDayOfMonth()"
        default: "\(timestamp) occurs \(when ?? "")"
        }
    }

    /// What stands after `occurs`; nil for what is written otherwise.
    var when: String? {
        switch self {
        case .on(let time): "on \(time.pql)"
        case .before(let time): "before \(time.pql)"
        case .after(let time): "after \(time.pql)"
        case .between(let first, let last): "between \(first.pql) and \(last.pql)"
        case .distance(let comparison, let count, let unit, let direction, let time):
            "\(comparison.rawValue) \(count) \(unit.rawValue)s \(direction.rawValue) \(time.pql)"
        case .compared, .monthOfYear, .dayOfMonth: nil
        }
    }

    /// PQL 10, line by line.
    func holds(_ event: Int64, at now: Int64, _ calendar: ReferenceCalendar) -> Bool {
        func start(_ time: ReferenceTime) -> Int64 { time.start(at: now, calendar) }
        func end(_ time: ReferenceTime) -> Int64 { time.end(at: now, calendar) }
        switch self {
        case .on(let time): return start(time) <= event && event < end(time)
        case .before(let time): return event < start(time)
        case .after(.period(let unit, let distance)): return event >= end(.period(unit, distance))
        case .after(let time): return event > start(time)
        case .between(let first, let last): return start(first) <= event && event < end(last)
        case .distance(let comparison, let count, let unit, let direction, let time):
            return ReferenceWindow.holds(comparison, count, unit, direction, event, start(time), calendar)
        case .compared(let comparison): return comparison.holds(event, now)
        case .monthOfYear:
            return ReferenceCalendar.date(ofDay: calendar.day(of: event)).month
                == ReferenceCalendar.date(ofDay: calendar.day(of: now)).month
        case .dayOfMonth:
            return ReferenceCalendar.date(ofDay: calendar.day(of: event)).day
                == ReferenceCalendar.date(ofDay: calendar.day(of: now)).day
        }
    }

    /// Whether an event is so far before or after an instant.
    static func holds(
        _ comparison: ReferenceComparison,
        _ count: Int64,
        _ unit: ReferenceCalendar.Unit,
        _ direction: Direction,
        _ event: Int64,
        _ reference: Int64,
        _ calendar: ReferenceCalendar
    ) -> Bool {
        let moved = calendar.add(direction == .before ? count : -count, unit, to: event)
        switch (comparison, direction) {
        case (.less, .before): return event <= reference && reference < moved
        case (.lessOrEqual, .before): return event <= reference && reference <= moved
        case (.greater, .before): return reference > moved
        case (.greaterOrEqual, .before): return reference >= moved
        case (.less, .after): return moved < reference && reference <= event
        case (.lessOrEqual, .after): return moved <= reference && reference <= event
        case (.greater, .after): return reference < moved
        case (.greaterOrEqual, .after): return reference <= moved
        case (.equal, _): return calendar.start(of: unit, moved) == calendar.start(of: unit, reference)
        case (.notEqual, _): return calendar.start(of: unit, moved) != calendar.start(of: unit, reference)
        }
    }

    /// Instants, in a stretch, among which are all at which the test of an event changes; others do no harm.
    func places(of event: Int64, after last: Int64, through now: Int64, _ calendar: ReferenceCalendar) -> [Int64] {
        var places: [Int64] = []
        var units: Set<ReferenceCalendar.Unit> = []
        switch self {
        case .on(let time), .before(let time), .after(let time): units = time.unit.map { [$0] } ?? []
        case .between(let first, let last): units = Set([first, last].compactMap(\.unit))
        case .distance(_, let count, let unit, let direction, let time):
            units = time.unit.map { [$0] } ?? []
            let moved = calendar.add(direction == .before ? count : -count, unit, to: event)
            places = [moved, calendar.start(of: unit, moved), calendar.start(of: unit, moved, plus: 1)]
        case .compared: break
        case .monthOfYear: units = [.month]
        case .dayOfMonth: units = [.day]
        }
        places.append(event)
        places = places.flatMap { [$0, $0 + 1] }.filter { last < $0 && $0 <= now }
        return places + units.flatMap { calendar.starts(of: $0, after: last, through: now) }
    }
}

extension ReferenceCalendar {
    /// The starts of all units that begin in a stretch.
    func starts(of unit: Unit, after last: Int64, through now: Int64) -> [Int64] {
        var starts: [Int64] = []
        var next = start(of: unit, last, plus: 1)
        while next <= now {
            if next > last { starts.append(next) }
            next = max(start(of: unit, next, plus: 1), next + 1)
        }
        return starts
    }
}
