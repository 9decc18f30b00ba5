/// The arithmetic of a time zone's calendar on instants in milliseconds; weeks start on Monday (PQL 10).
///
/// Days and longer units follow the zone, hours and shorter ones do not. Results beyond ``farthest`` stop there, so that
/// no distance in an expression can overflow.
struct PQLCalendar: Sendable {
    /// About 146 million years from 1970, far outside of what a timestamp can say.
    static let farthest = Int64.max / 2

    static let utc = PQLCalendar(zone: .utc)

    let zone: TimeZoneRules

    /// The day an instant lies in, as days since 1970-01-01.
    func day(of instant: Int64) -> Int {
        Int(instant.floorDivided(by: Timestamp.dayMilliseconds))
    }

    func startOfDay(_ day: Int) -> Int64 {
        Int64(day) * Timestamp.dayMilliseconds
    }

    func civilDate(of instant: Int64) -> CivilDate {
        CivilDate(daysSinceEpoch: day(of: instant))
    }

    // MARK: Distances

    /// The instant so many units later; months and longer units keep the day of the month, or take the last one.
    func add(_ amount: Int64, _ unit: PQLUnit, to instant: Int64) -> Int64 {
        if let length = unit.milliseconds {
            let (distance, overflows) = amount.multipliedReportingOverflow(by: length)
            let (sum, overflowsToo) = instant.addingReportingOverflow(distance)
            if overflows || overflowsToo { return amount < 0 ? -PQLCalendar.farthest : PQLCalendar.farthest }
            return max(-PQLCalendar.farthest, min(PQLCalendar.farthest, sum))
        }
        let (months, overflows) = amount.multipliedReportingOverflow(by: unit.months)
        let date = civilDate(of: instant)
        let count = (Int64(date.year) * 12 + Int64(date.month - 1)).addingReportingOverflow(months)
        let year = count.partialValue.floorDivided(by: 12)
        if overflows || count.overflow || abs(year) > 140_000_000 {
            return amount < 0 ? -PQLCalendar.farthest : PQLCalendar.farthest
        }
        let month = Int(count.partialValue.remainder(dividingBy: 12)) + 1
        let lastDay = CivilDate.days(inMonth: month, of: Int(year))
        return midnight(year: Int(year), month: month, day: min(date.day, lastDay))
            + instant.remainder(dividingBy: Timestamp.dayMilliseconds)
    }

    // MARK: Units

    /// The number of the calendar's unit that an instant lies in; the units of one kind are numbered in their order.
    func index(of unit: PQLUnit, around instant: Int64) -> Int64 {
        switch unit {
        case .millisecond, .second, .minute, .hour:
            return instant.floorDivided(by: unit.milliseconds ?? 1)
        case .day: return Int64(day(of: instant))
        // 1970-01-01 was a Thursday.
        case .week: return Int64((day(of: instant) + 3).floorDivided(by: 7))
        case .month, .year, .decade, .century, .millennium:
            let date = civilDate(of: instant)
            return (Int64(date.year) * 12 + Int64(date.month - 1)).floorDivided(by: unit.months)
        }
    }

    /// The first instant of the unit with a number.
    func start(of unit: PQLUnit, at index: Int64) -> Int64 {
        switch unit {
        case .millisecond, .second, .minute, .hour: return index * (unit.milliseconds ?? 1)
        case .day: return startOfDay(Int(index))
        case .week: return startOfDay(Int(index) * 7 - 3)
        case .month, .year, .decade, .century, .millennium:
            let months = index * unit.months
            return midnight(
                year: Int(months.floorDivided(by: 12)),
                month: Int(months.remainder(dividingBy: 12)) + 1,
                day: 1
            )
        }
    }

    private func midnight(year: Int, month: Int, day: Int) -> Int64 {
        guard let date = CivilDate(year: year, month: month, day: day) else {
            return year < 0 ? -PQLCalendar.farthest : PQLCalendar.farthest
        }
        return startOfDay(date.daysSinceEpoch)
    }

    /// The first instant from which on a time's start, or the start of its next unit, is at or after an instant.
    func instant(when time: PQLClockTime, reaches instant: Int64, next: Bool) -> Int64 {
        let distance = time.distance + (next ? 1 : 0)
        guard abs(instant) < PQLCalendar.farthest else { return .max }
        if time == .now { return instant - distance }
        var index = index(of: time.unit, around: instant)
        while start(of: time.unit, at: index) < instant { index += 1 }
        // A day that a zone skips begins when the next one does.
        while start(of: time.unit, at: index - 1) >= instant { index -= 1 }
        return start(of: time.unit, at: index - distance)
    }
}

extension PQLUnit {
    /// The length of units that are always equally long, but for days and weeks in which clocks are changed.
    var milliseconds: Int64? {
        switch self {
        case .millisecond: 1
        case .second: 1_000
        case .minute: 60_000
        case .hour: 3_600_000
        case .day: Timestamp.dayMilliseconds
        case .week: 7 * Timestamp.dayMilliseconds
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
