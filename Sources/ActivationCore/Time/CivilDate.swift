/// A day of the proleptic Gregorian calendar, reckoned with integers only.
public struct CivilDate: Hashable, Comparable, Sendable {
    /// The astronomical year: 0 is 1 BC.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to the month's last day.
    public let day: Int

    /// Creates a day; nil when the calendar has no such day or the year is beyond ±1,000,000,000.
    public init?(year: Int, month: Int, day: Int) {
        guard (-1_000_000_000...1_000_000_000).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.days(inMonth: month, of: year)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day so many days after 1970-01-01; any number has one.
    public init(daysSinceEpoch days: Int) {
        // Cycles of 400 years have 146,097 days each. Years are counted from 1 March, so that a leap day is a
        // year's last; the epoch is day 719,468 since 0000-03-01, the 135,080th of its cycle, the fourth.
        let (cycle, dayOfCycle) = (days.floorDivided(by: 146_097), days.remainder(dividingBy: 146_097) + 135_080)
        let day = dayOfCycle % 146_097
        // Takes off one day per leap day passed, so that all years are equally long.
        let yearOfCycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100)
        // From March on, months come in runs of five that last 153 days.
        let monthFromMarch = (dayOfYear * 5 + 2) / 153
        self.day = dayOfYear - (monthFromMarch * 153 + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = (cycle + 4 + dayOfCycle / 146_097) * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    }

    /// Days from 1970-01-01 to this one; negative before it.
    public var daysSinceEpoch: Int {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let cycle = yearFromMarch.floorDivided(by: 400)
        let yearOfCycle = yearFromMarch.remainder(dividingBy: 400)
        let dayOfYear = (monthFromMarch * 153 + 2) / 5 + day - 1
        let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
        // Wraps on the way only for days near the ends of `Int`, where the sum is right again.
        return cycle &* 146_097 &+ (dayOfCycle - 719_468)
    }

    /// The last day of a month from 1 to 12.
    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whether a year has a 29 February.
    public static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// Whether the left one comes first.
    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension BinaryInteger {
    /// The quotient rounded towards minus infinity, for a positive divisor.
    func floorDivided(by divisor: Self) -> Self {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }

    /// What ``floorDivided(by:)`` leaves: from 0 up to the divisor.
    func remainder(dividingBy divisor: Self) -> Self {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
