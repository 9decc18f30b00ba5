import Foundation

/// The calendar of one time zone as PQL 10 describes it, by counting days.
///
/// The offsets are Foundation's, which reads the tz database by itself.
struct ReferenceCalendar: Sendable {
    /// A unit in which distances are stated and periods follow each other.
    enum Unit: String, CaseIterable {
        case minute, hour, day, week, month, year

        /// The length of those that are always equally long.
        var length: Int64? {
            switch self {
            case .minute: 60_000
            case .hour: 3_600_000
            case .day, .week, .month, .year: nil
            }
        }
    }

    /// A stretch of time in which clocks are a constant distance ahead of UTC.
    private struct Stretch {
        var end: Int64
        var offset: Int64
    }

    static let day: Int64 = 86_400_000
    static let utc = ReferenceCalendar(zone: "UTC", around: 0)

    let zone: String
    private var stretches: [Stretch] = []

    /// A calendar that is right for some years before and after an instant.
    init(zone: String, around instant: Int64) {
        self.zone = zone
        let rules = TimeZone(identifier: zone) ?? .gmt
        let years = 4 * 366 * ReferenceCalendar.day
        var date = Date(timeIntervalSince1970: Double((instant - years) / 1_000))
        let last = Date(timeIntervalSince1970: Double((instant + years) / 1_000))
        while true {
            let offset = Int64(rules.secondsFromGMT(for: date)) * 1_000
            guard zone != "UTC", let next = rules.nextDaylightSavingTimeTransition(after: date), next < last else {
                stretches.append(Stretch(end: .max, offset: offset))
                return
            }
            stretches.append(Stretch(end: Int64(next.timeIntervalSince1970 * 1_000), offset: offset))
            date = next
        }
    }

    private func offset(at instant: Int64) -> Int64 {
        stretches.first { instant < $0.end }?.offset ?? 0
    }

    // MARK: Days

    private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    /// The first instant of a day, which is counted from 1970: clocks may leap over midnight, or show it twice.
    func start(ofDay day: Int64) -> Int64 {
        let midnight = day * ReferenceCalendar.day
        var begin = Int64.min
        for stretch in stretches {
            let first = max(begin, midnight - stretch.offset)
            if first < stretch.end { return first }
            begin = stretch.end
        }
        return midnight
    }

    /// The day of an instant; one that has begun does not begin again.
    func day(of instant: Int64) -> Int64 {
        var day = ReferenceCalendar.floor(instant + offset(at: instant), by: ReferenceCalendar.day)
        while start(ofDay: day + 1) <= instant { day += 1 }
        return day
    }

    /// Year, month and day of a day.
    static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years that begin in March, so that leap days come last.
        let shifted = day + 719_468
        let era = floor(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month < 10 ? 0 : 1)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    /// The day of a date; months may be beyond 12.
    static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let months = year * 12 + month - 1
        let (year, month) = (floor(months, by: 12), months - floor(months, by: 12) * 12 + 1)
        let shifted = month > 2 ? year : year - 1
        let era = floor(shifted, by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    // MARK: Units

    /// The first day of the unit around a day, so many units later.
    private func firstDay(of unit: Unit, around day: Int64, plus count: Int64) -> Int64 {
        let (year, month, _) = ReferenceCalendar.date(ofDay: day)
        switch unit {
        // 1970 began on a Thursday.
        case .week: return day - ((day + 3) % 7 + 7) % 7 + count * 7
        case .month: return ReferenceCalendar.day(year: year, month: month + count, day: 1)
        case .year: return ReferenceCalendar.day(year: year + count, month: 1, day: 1)
        case .minute, .hour, .day: return day + count
        }
    }

    /// The start of the unit around an instant, or so many units later.
    func start(of unit: Unit, _ instant: Int64, plus count: Int64 = 0) -> Int64 {
        if let length = unit.length { return (ReferenceCalendar.floor(instant, by: length) + count) * length }
        return start(ofDay: firstDay(of: unit, around: day(of: instant), plus: count))
    }

    /// An instant moved by a distance that keeps what clocks show.
    func add(_ count: Int64, _ unit: Unit, to instant: Int64) -> Int64 {
        if let length = unit.length { return instant + count * length }
        let shown = instant + offset(at: instant)
        var day = ReferenceCalendar.floor(shown, by: ReferenceCalendar.day)
        let time = shown - day * ReferenceCalendar.day
        switch unit {
        case .week: day += count * 7
        case .month: day = moved(day, months: count)
        case .year: day = moved(day, months: count * 12)
        case .minute, .hour, .day: day += count
        }
        return self.instant(shown: day * ReferenceCalendar.day + time)
    }

    private func moved(_ day: Int64, months: Int64) -> Int64 {
        let date = ReferenceCalendar.date(ofDay: day)
        let next = ReferenceCalendar.day(year: date.year, month: date.month + months + 1, day: 1)
        return min(ReferenceCalendar.day(year: date.year, month: date.month + months, day: date.day), next - 1)
    }

    /// The instant at which clocks show a time: the first of two; of one that they leap over, by the offset before.
    private func instant(shown: Int64) -> Int64 {
        for (index, stretch) in stretches.enumerated() where stretch.end < .max {
            if shown < stretch.end + max(stretch.offset, stretches[index + 1].offset) { return shown - stretch.offset }
        }
        return shown - (stretches.last?.offset ?? 0)
    }
}
