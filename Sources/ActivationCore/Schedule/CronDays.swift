/// The days that a cron rule allows: by their number in the month or by the day of the week, never by both.
enum CronDays: Sendable, Equatable {
    /// `*` or `?` in both fields.
    case every
    /// Numbers such as `1,15`.
    case dates(CronField)
    /// `L`
    case lastDate
    /// `LW`, the last day from Monday to Friday.
    case lastWorkday
    /// `18W`, the day from Monday to Friday in the same month that is nearest to a date.
    case workday(nearest: Int)
    /// Days of the week, 1 for Sunday to 7 for Saturday.
    case weekdays(CronField)
    /// `6L`, the last such day of the week in the month.
    case lastWeekday(Int)
    /// `4#3`, the third such day of the week in the month; a month without it has no day.
    case weekday(Int, nth: Int)

    private static let words = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// Reads the fields of the day in the month and of the day in the week.
    ///
    /// - Throws: When both name days or one means nothing.
    init(dates: Substring, weekdays: Substring) throws(CronError) {
        let isAnyDate = dates == "*" || dates == "?"
        let isAnyWeekday = weekdays == "*" || weekdays == "?"
        switch (isAnyDate, isAnyWeekday) {
        case (true, true):
            guard dates != weekdays || dates == "*" else {
                throw CronError("the day of month and the day of week cannot both be \"?\"; write * for one of them")
            }
            self = .every
        case (false, true): self = try CronDays.dates(dates)
        case (true, false): self = try CronDays.weekdays(weekdays)
        case (false, false):
            throw CronError("the day of month and the day of week cannot both be given; write ? for one of them")
        }
    }

    private static func dates(_ text: Substring) throws(CronError) -> CronDays {
        let name = "day of month"
        switch text.uppercased() {
        case "L": return .lastDate
        case "LW": return .lastWorkday
        case let upper where upper.hasSuffix("W"):
            return .workday(nearest: try CronField.value(text.dropLast(), name, in: 1...31, words: []))
        default: return .dates(try CronField(parsing: text, name, in: 1...31))
        }
    }

    private static func weekdays(_ text: Substring) throws(CronError) -> CronDays {
        let name = "day of week"
        if text.uppercased() == "L" { return .weekdays(try CronField(parsing: "7", name, in: 1...7)) }
        if text.uppercased().hasSuffix("L") {
            return .lastWeekday(try CronField.value(text.dropLast(), name, in: 1...7, words: words))
        }
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let nth = CronField.number(parts[1]), (1...5).contains(nth) else {
                throw CronError("\(name): what follows \"#\" is a number from 1 to 5")
            }
            return .weekday(try CronField.value(parts[0], name, in: 1...7, words: words), nth: nth)
        }
        return .weekdays(try CronField(parsing: text, name, in: 1...7, words: words))
    }

    /// Whether a day is among them.
    func contains(_ date: CivilDate) -> Bool {
        let last = CivilDate.days(inMonth: date.month, of: date.year)
        let weekday = CronDays.weekday(of: date)
        switch self {
        case .every: return true
        case .dates(let field): return field.contains(date.day)
        case .lastDate: return date.day == last
        case .lastWorkday: return date.day == CronDays.workday(nearest: last, inMonthOf: date)
        case .workday(let day):
            // A month that lacks the date has no day nearest to it.
            return day <= last && date.day == CronDays.workday(nearest: day, inMonthOf: date)
        case .weekdays(let field): return field.contains(weekday)
        case .lastWeekday(let wanted): return weekday == wanted && date.day > last - 7
        case .weekday(let wanted, let nth): return weekday == wanted && (date.day - 1) / 7 + 1 == nth
        }
    }

    /// 1 for Sunday to 7 for Saturday; 1970-01-01 was a Thursday.
    private static func weekday(of date: CivilDate) -> Int {
        (date.daysSinceEpoch + 4).remainder(dividingBy: 7) + 1
    }

    private static func workday(nearest day: Int, inMonthOf date: CivilDate) -> Int {
        let last = CivilDate.days(inMonth: date.month, of: date.year)
        // The weekday of the first of the month, then of the day.
        let weekday = (weekday(of: date) - date.day + day - 1).remainder(dividingBy: 7) + 1
        switch weekday {
        case 7: return day > 1 ? day - 1 : day + 2
        case 1: return day < last ? day + 1 : day - 2
        default: return day
        }
    }
}
