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
        zone.day(of: instant)
    }

    /// The first instant of a day.
    func startOfDay(_ day: Int) -> Int64 {
        zone.startOfDay(day)
    }

    func civilDate(of instant: Int64) -> CivilDate {
        CivilDate(daysSinceEpoch: day(of: instant))
    }

    // MARK: Distances

    /// The instant so many units later.
    ///
    /// Days and longer units keep the time that clocks show; months and longer ones keep the day of the month, or take
    /// the last one.
    func add(_ amount: Int64, _ unit: PQLUnit, to instant: Int64) -> Int64 {
        if amount == 0 { return instant }
        let followsZone = !zone.isUTC && unit.isOfCalendar
        let local = followsZone ? instant + zone.offset(at: instant) : instant
        let moved = PQLCalendar.add(amount, unit, toLocal: local)
        return followsZone && abs(moved) < PQLCalendar.farthest ? zone.instant(ofLocal: moved) : moved
    }

    private static func add(_ amount: Int64, _ unit: PQLUnit, toLocal instant: Int64) -> Int64 {
        if let length = unit.milliseconds {
            let (distance, overflows) = amount.multipliedReportingOverflow(by: length)
            let (sum, overflowsToo) = instant.addingReportingOverflow(distance)
            if overflows || overflowsToo { return amount < 0 ? -farthest : farthest }
            return max(-farthest, min(farthest, sum))
        }
        let (months, overflows) = amount.multipliedReportingOverflow(by: unit.months)
        let date = CivilDate(daysSinceEpoch: Int(instant.floorDivided(by: Timestamp.dayMilliseconds)))
        let count = (Int64(date.year) * 12 + Int64(date.month - 1)).addingReportingOverflow(months)
        let year = count.partialValue.floorDivided(by: 12)
        if overflows || count.overflow || abs(year) > 140_000_000 {
            return amount < 0 ? -farthest : farthest
        }
        let month = Int(count.partialValue.remainder(dividingBy: 12)) + 1
        let lastDay = CivilDate.days(inMonth: month, of: Int(year))
        let day = CivilDate(year: Int(year), month: month, day: min(date.day, lastDay))?.daysSinceEpoch ?? 0
        return Int64(day) * Timestamp.dayMilliseconds + instant.remainder(dividingBy: Timestamp.dayMilliseconds)
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
    /// Whether the unit follows the calendar of a time zone.
    var isOfCalendar: Bool {
        switch self {
        case .millisecond, .second, .minute, .hour: false
        case .day, .week, .month, .year, .decade, .century, .millennium: true
        }
    }

    /// The length of units that are always equally long; days and weeks are so while clocks are not changed.
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
