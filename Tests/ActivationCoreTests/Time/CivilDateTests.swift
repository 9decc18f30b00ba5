import ActivationCore
import Foundation
import Testing

struct CivilDateTests {
    @Test(arguments: [
        (1970, 1, 1, 0), (1970, 1, 2, 1), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017),
        (1900, 3, 1, -25_508), (2026, 3, 2, 20_514), (0, 3, 1, -719_468), (-1, 12, 31, -719_529),
        (9999, 12, 31, 2_932_896),
    ])
    func `known days have their numbers`(year: Int, month: Int, day: Int, number: Int) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))

        #expect(date.daysSinceEpoch == number)
        #expect(CivilDate(daysSinceEpoch: number) == date)
    }

    @Test(arguments: [
        (2026, 2, 29), (2024, 2, 30), (1900, 2, 29), (2100, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 0, 1),
        (2026, 1, 0),
        (2026, 1, 32), (2026, -1, 1), (2_000_000_000, 1, 1), (.max, 1, 1), (.min, 1, 1),
    ])
    func `a day that the calendar does not have is refused`(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test func `counting day by day never misses or repeats one`() throws {
        var expected = try #require(CivilDate(year: -401, month: 12, day: 31))
        let first = expected.daysSinceEpoch
        for number in first...(first + 3 * 146_097) {
            let date = CivilDate(daysSinceEpoch: number)

            try #require(date == expected)
            try #require(date.daysSinceEpoch == number)

            let isMonthEnd = date.day == CivilDate.days(inMonth: date.month, of: date.year)
            let isYearEnd = isMonthEnd && date.month == 12
            let next = CivilDate(
                year: date.year + (isYearEnd ? 1 : 0),
                month: isYearEnd ? 1 : date.month + (isMonthEnd ? 1 : 0),
                day: isMonthEnd ? 1 : date.day + 1
            )
            expected = try #require(next)
            try #require(date < expected)
        }
    }

    @Test func `days have the dates that Foundation's calendar gives them`() throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = TestSeed.generator()
        for _ in 0..<2_000 {
            let number = Int.random(in: -100_000...1_000_000, using: &random)
            let parts = calendar.dateComponents(
                [.year, .month, .day],
                from: Date(timeIntervalSince1970: Double(number) * 86_400)
            )

            let date = CivilDate(daysSinceEpoch: number)

            #expect([date.year, date.month, date.day] == [parts.year, parts.month, parts.day], "\(number)")
        }
    }

    @Test(arguments: [Int.min, .min + 1, .min + 800_000, -1 << 40, 1 << 40, .max - 800_000, .max - 1, .max])
    func `days at the ends of the number range come back as themselves`(number: Int) {
        #expect(CivilDate(daysSinceEpoch: number).daysSinceEpoch == number)
    }
}
