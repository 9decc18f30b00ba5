/// The calendar's arithmetic on instants in milliseconds; UTC throughout, weeks start on Monday (PQL 10).
///
/// Results beyond ``farthest`` stop there, so that no distance in an expression can overflow.
enum PQLCalendar {
    static let dayMilliseconds: Int64 = 86_400_000
    /// About 146 million years from 1970, far outside of what a timestamp can say.
    static let farthest = Int64.max / 2

    static func day(of instant: Int64) -> Int {
        Int(instant.floorDivided(by: dayMilliseconds))
    }

    static func civilDate(of instant: Int64) -> CivilDate {
        CivilDate(daysSinceEpoch: day(of: instant))
    }

    /// The instant so many units later; months and longer units keep the day of the month, or take the last one.
    static func add(_ amount: Int64, _ unit: PQLUnit, to instant: Int64) -> Int64 {
        if let length = unit.milliseconds {
            let (distance, overflows) = amount.multipliedReportingOverflow(by: length)
            let (sum, overflowsToo) = instant.addingReportingOverflow(distance)
            if overflows || overflowsToo { return amount < 0 ? -farthest : farthest }
            return max(-farthest, min(farthest, sum))
        }
        let (months, overflows) = amount.multipliedReportingOverflow(by: unit.months)
        let date = civilDate(of: instant)
        let count = (Int64(date.year) * 12 + Int64(date.month - 1)).addingReportingOverflow(months)
        let year = count.partialValue.floorDivided(by: 12)
        if overflows || count.overflow || abs(year) > 140_000_000 { return amount < 0 ? -farthest : farthest }
        let month = Int(count.partialValue.remainder(dividingBy: 12)) + 1
        let lastDay = CivilDate.days(inMonth: month, of: Int(year))
        return midnight(year: Int(year), month: month, day: min(date.day, lastDay))
            + instant.remainder(dividingBy: dayMilliseconds)
    }

    /// The start of the calendar's unit that an instant lies in.
    static func start(of unit: PQLUnit, around instant: Int64) -> Int64 {
        switch unit {
        case .millisecond, .second, .minute, .hour, .day:
            let length = unit.milliseconds ?? 1
            return instant.floorDivided(by: length) * length
        case .week:
            // 1970-01-01 was a Thursday.
            let day = day(of: instant)
            return Int64(day - (day + 3).remainder(dividingBy: 7)) * dayMilliseconds
        case .month:
            let date = civilDate(of: instant)
            return midnight(year: date.year, month: date.month, day: 1)
        case .year, .decade, .century, .millennium:
            let years = Int(unit.months / 12)
            return midnight(year: civilDate(of: instant).year.floorDivided(by: years) * years, month: 1, day: 1)
        }
    }

    private static func midnight(year: Int, month: Int, day: Int) -> Int64 {
        guard let date = CivilDate(year: year, month: month, day: day) else { return year < 0 ? -farthest : farthest }
        return Int64(date.daysSinceEpoch) * dayMilliseconds
    }
}

extension PQLUnit {
    /// The length of units that are always equally long.
    var milliseconds: Int64? {
        switch self {
        case .millisecond: 1
        case .second: 1_000
        case .minute: 60_000
        case .hour: 3_600_000
        case .day: PQLCalendar.dayMilliseconds
        case .week: 7 * PQLCalendar.dayMilliseconds
        case .month, .year, .decade, .century, .millennium: nil
        }
    }

    /// The months of the units that have whole months.
    var months: Int64 {
        switch self {
        case .month: 1
        case .year: 12
        case .decade: 120
        case .century: 1_200
        case .millennium: 12_000
        case .millisecond, .second, .minute, .hour, .day, .week: 0
        }
    }
}
