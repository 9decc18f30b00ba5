/// How an expression may depend on the instant of its evaluation.
public enum PQLClock: Sendable {
    /// The clock may be read wherever it can be told when the result changes next: what an audience needs.
    ///
    /// Only `now` as a plain value, which changes with every millisecond, is a compile error.
    case followed
    /// The clock may be read everywhere: for one evaluation at a given instant.
    case read
}

/// A time that moves with the clock.
enum PQLClockTime: Sendable, Equatable {
    case now
    /// The day so many days from today.
    case day(Int)
    case period(PQLPeriod, PQLUnit)

    /// The unit of the calendar in whose steps it moves.
    var unit: PQLUnit {
        switch self {
        case .now: .millisecond
        case .day: .day
        case .period(_, let unit): unit
        }
    }

    /// How many units it is away from the one around now.
    var distance: Int64 {
        switch self {
        case .now, .period(.this, _): 0
        case .day(let distance): Int64(distance)
        case .period(.last, _): -1
        case .period(.next, _): 1
        }
    }

    var isPeriod: Bool {
        if case .period = self { true } else { false }
    }
}

/// What `getMonth()` and its kin take out of a time.
enum PQLDatePart: Sendable {
    case month, dayOfMonth, year

    func of(_ date: CivilDate) -> PQLValue {
        switch self {
        case .month: .integer(Int64(date.month))
        case .dayOfMonth: .integer(Int64(date.day))
        case .year: .integer(Int64(date.year))
        }
    }

    /// The unit of the calendar in whose steps it changes.
    var unit: PQLUnit {
        switch self {
        case .month: .month
        case .dayOfMonth: .day
        case .year: .year
        }
    }
}

extension PQLFunction {
    /// What the function takes out of a time.
    var datePart: PQLDatePart? {
        switch self {
        case .getMonth, .currentMonth: .month
        case .getDayOfMonth, .currentDayOfMonth: .dayOfMonth
        case .getYear, .currentYear: .year
        default: nil
        }
    }
}
