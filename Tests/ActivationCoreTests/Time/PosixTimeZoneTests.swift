import Testing

@testable import ActivationCore

struct PosixTimeZoneTests {
    private func read(_ text: String) -> PosixTimeZone? { PosixTimeZone(Array(text.utf8)[...]) }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", 2026, "2026-03-29T01:00Z", "2026-10-25T01:00Z"),
        ("EST5EDT,M3.2.0,M11.1.0", 2026, "2026-03-08T07:00Z", "2026-11-01T06:00Z"),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026, "2026-04-04T15:00Z", "2026-10-03T15:30Z"),
        ("IST-2IDT,M3.4.4/26,M10.5.0", 2026, "2026-03-27T00:00Z", "2026-10-24T23:00Z"),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00Z", "2026-10-25T01:00Z"),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", 2026, "2026-03-29T01:00Z", "2026-10-25T01:00Z"),
        ("AAA0BBB,J60/0,J365/0:30:15", 2024, "2024-03-01T00:00Z", "2024-12-30T23:30:15Z"),
        ("AAA0BBB,59/0,365/0", 2024, "2024-02-29T00:00Z", "2024-12-30T23:00Z"),
        ("EST5EDT,0/0,J365/25", 2026, "2026-01-01T05:00Z", "2027-01-01T05:00Z"),
    ])
    func `a rule tells the changes of a year`(row: (text: String, year: Int, first: String, second: String)) throws {
        let rule = try #require(read(row.text))

        let changes = rule.changes(in: row.year).map { Timestamp(milliseconds: $0.instant) }

        #expect(changes == [try ClockFixture.instant(row.first), try ClockFixture.instant(row.second)])
    }

    @Test(arguments: [
        "", "CET", "C-1", "CET-1CEST", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/", "CET-25",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J10",
        "CET-1CEST,366,J10", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/3,", "CET-1CEST,M3.5.0,M10.5.0 ",
        "<+01-1", "<é>-1", "CET-1:60", "CET-1:", "CET--1", "CET99999999999999999999", "CET-1CEST-25,M3.5.0,M10.5.0",
    ])
    func `what is no rule is refused`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `a zone of daylight saving time all year never leaves it`() throws {
        let zone = try TimeZoneRules(name: "all year", tzif: TZifWriter(rule: "EST5EDT,0/0,J365/25").bytes)

        for year in [1000, 1969, 2000, 2026, 9_000] {
            for (month, day) in [(1, 1), (7, 1), (12, 31)] {
                let date = try #require(CivilDate(year: year, month: month, day: day))
                #expect(zone.offset(at: Int64(date.daysSinceEpoch) * Timestamp.dayMilliseconds) == -4 * 3_600_000)
            }
        }
    }

    @Test func `random rules change clocks when zoneinfo's do`() throws {
        var random = TestSeed.generator()
        var questions: [String] = []
        var found: [Int64] = []
        for _ in 0..<60 {
            let writer = TZifWriter(rule: PosixTimeZoneTests.randomRule(&random))
            let zone = try TimeZoneRules(name: "random", tzif: writer.bytes)
            let name = "=" + writer.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            for _ in 0..<40 {
                let instant = Int64.random(in: -30_000_000_000_000...60_000_000_000_000, using: &random)
                questions.append("offset \(name) \(instant)")
                found.append(zone.offset(at: instant))
                questions.append("instant \(name) \(instant)")
                found.append(zone.instant(ofLocal: instant))
            }
        }

        let expected = try ZoneinfoOracle.answers(to: questions)

        try #require(expected.count == questions.count)
        for (index, question) in questions.enumerated() where found[index] != expected[index] {
            Issue.record("\(question): found \(found[index]), zoneinfo says \(expected[index])")
            break
        }
    }

    /// A rule whose changes are far enough from each other and from the turn of the year.
    ///
    /// Without days that are counted from 0, which zoneinfo takes for those before them; glibc does not.
    private static func randomRule(_ random: inout SplitMix64) -> String {
        func day(_ months: ClosedRange<Int>) -> String {
            let month = Int.random(in: months, using: &random)
            let time = Bool.random(using: &random) ? "/\(Int.random(in: -30...30, using: &random)):30" : ""
            if random.oneIn(3) { return "J\(month * 30 + Int.random(in: 0...20, using: &random))" + time }
            let week = Int.random(in: 1...5, using: &random)
            return "M\(month).\(week).\(Int.random(in: 0...6, using: &random))" + time
        }
        let standard = Int.random(in: -12...12, using: &random)
        let daylight = Bool.random(using: &random) ? "\(standard + Int.random(in: -2...2, using: &random)):15" : ""
        return "<STD>\(standard)<DST>\(daylight),\(day(3...5)),\(day(8...10))"
    }
}
