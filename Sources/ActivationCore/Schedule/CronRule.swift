/// The instants of a schedule, in UTC: a cron expression in Quartz's form, as Adobe documents it (BEHAVIOUR 5.5).
///
/// Written here because no Swift package that can be had reads Quartz's `L`, `W` and `#`. Seconds, minutes, hours, day of month, month, day of week and optionally the year: `0 0 1 * * ?` is every day at 01:00:00.
public struct CronRule: Sendable, Equatable {
    private let seconds: CronField
    private let minutes: CronField
    private let hours: CronField
    private let days: CronDays
    private let months: CronField
    private let years: CronField

    private static let monthWords = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]
    private static let yearRange = 1970...2099

    /// Reads an expression.
    ///
    /// - Parameter text: The expression.
    /// - Throws: What was found and what is accepted.
    public init(parsing text: String) throws(CronError) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: true)
        guard (6...7).contains(fields.count), text.utf8.count <= 200 else {
            throw CronError(
                "a schedule has 6 or 7 fields: seconds, minutes, hours, day of month, month, day of week and optionally "
                    + "the year, as in 0 0 1 * * ?"
            )
        }
        seconds = try CronField(parsing: fields[0], "seconds", in: 0...59)
        minutes = try CronField(parsing: fields[1], "minutes", in: 0...59)
        hours = try CronField(parsing: fields[2], "hours", in: 0...23)
        days = try CronDays(dates: fields[3], weekdays: fields[5])
        months = try CronField(parsing: fields[4], "month", in: 1...12, words: CronRule.monthWords)
        years = try CronField(parsing: fields.count == 7 ? fields[6] : "*", "year", in: CronRule.yearRange)
    }

    /// Whether no day has two of the rule's instants.
    public var isAtMostDaily: Bool { seconds.values.count == 1 && minutes.values.count == 1 && hours.values.count == 1 }

    /// The first instant after another; nil when there is none.
    public func next(after instant: Timestamp) -> Timestamp? {
        // Whole seconds only: the first one after the instant.
        let second = instant.milliseconds.floorDivided(by: 1_000) + 1
        var day = Int(second.floorDivided(by: 86_400))
        var time: Int? = Int(second.remainder(dividingBy: 86_400))
        while let date = CronRule.date(day) {
            if contains(date), let found = first(from: time ?? 0) {
                return CronRule.instant(day, found)
            }
            time = nil
            day += 1
        }
        return nil
    }

    /// The last instant that is not after another but after a third; nil when there is none.
    public func last(through instant: Timestamp, after earlier: Timestamp) -> Timestamp? {
        let second = instant.milliseconds.floorDivided(by: 1_000)
        var day = Int(second.floorDivided(by: 86_400))
        var time: Int? = Int(second.remainder(dividingBy: 86_400))
        while day >= 0, CronRule.instant(day, 86_399) > earlier {
            if let date = CronRule.date(day), contains(date), let found = last(through: time ?? 86_399) {
                let instant = CronRule.instant(day, found)
                return instant > earlier ? instant : nil
            }
            time = nil
            day -= 1
        }
        return nil
    }

    // MARK: Days

    /// The day of a number since 1970, while there are rules for it.
    private static func date(_ day: Int) -> CivilDate? {
        let date = CivilDate(daysSinceEpoch: day)
        return date.year <= yearRange.upperBound ? date : nil
    }

    private static func instant(_ day: Int, _ second: Int) -> Timestamp {
        Timestamp(milliseconds: (Int64(day) * 86_400 + Int64(second)) * 1_000)
    }

    private func contains(_ date: CivilDate) -> Bool {
        years.contains(date.year) && months.contains(date.month) && days.contains(date)
    }

    // MARK: Seconds of a day

    private func first(from second: Int) -> Int? {
        for hour in hours.values where hour >= second / 3_600 {
            let rest = max(second - hour * 3_600, 0)
            for minute in minutes.values where minute >= rest / 60 {
                if let found = seconds.first(from: max(rest - minute * 60, 0)) {
                    return hour * 3_600 + minute * 60 + found
                }
            }
        }
        return nil
    }

    private func last(through second: Int) -> Int? {
        for hour in hours.values.reversed() where hour <= second / 3_600 {
            let rest = min(second - hour * 3_600, 3_599)
            for minute in minutes.values.reversed() where minute <= rest / 60 {
                if let found = seconds.last(through: min(rest - minute * 60, 59)) {
                    return hour * 3_600 + minute * 60 + found
                }
            }
        }
        return nil
    }
}
