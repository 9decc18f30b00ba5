import Testing

@testable import ActivationCore

/// When tests of one time change where clocks are set forward and back, days are missing or a year has one more.
struct ClockZoneTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var zone: String
        var text: String
        var t: String
        var becomesTrue: String
        var becomesFalse: String?

        init(_ zone: String, _ text: String, _ t: String, _ becomesTrue: String, _ becomesFalse: String?) {
            (self.zone, self.text, self.t, self.becomesTrue, self.becomesFalse) = (
                zone, text, t, becomesTrue, becomesFalse
            )
        }

        var testDescription: String { "\(zone): \(text) with \(t)" }
    }

    static let cases: [Case] = [
        // A day of 23 hours, and one of 25.
        Case("Europe/Berlin", "t occurs today", "2026-03-29T10:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        Case("Europe/Berlin", "t occurs today", "2026-10-25T10:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        Case(
            "Europe/Berlin",
            "t occurs < 1 day before now",
            "2026-03-28T12:00Z",
            "2026-03-28T12:00Z",
            "2026-03-29T11:00Z"
        ),
        Case(
            "Europe/Berlin",
            "t occurs < 24 hours before now",
            "2026-03-28T12:00Z",
            "2026-03-28T12:00Z",
            "2026-03-29T12:00Z"
        ),
        Case(
            "Europe/Berlin",
            "t occurs < 1 day before now",
            "2026-10-24T12:00Z",
            "2026-10-24T12:00Z",
            "2026-10-25T13:00Z"
        ),
        // 02:30 is leapt over, and comes twice.
        Case(
            "Europe/Berlin",
            "t occurs < 1 day before now",
            "2026-03-28T01:30Z",
            "2026-03-28T01:30Z",
            "2026-03-29T01:30Z"
        ),
        Case(
            "Europe/Berlin",
            "t occurs < 1 day before now",
            "2026-10-24T00:30Z",
            "2026-10-24T00:30Z",
            "2026-10-25T00:30Z"
        ),
        Case(
            "Europe/Berlin",
            "t occurs = 1 day before today",
            "2026-10-25T23:30Z",
            "2026-10-26T23:00Z",
            "2026-10-27T23:00Z"
        ),
        Case("Europe/Berlin", "t occurs last month", "2026-03-31T21:59Z", "2026-03-31T22:00Z", "2026-04-30T22:00Z"),
        Case("Europe/Berlin", "t = today", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        Case("Europe/Berlin", "t < today", "2026-03-29", "2026-03-29T22:00Z", nil),
        Case("America/New_York", "t occurs this week", "2026-03-08T16:00Z", "2026-03-02T05:00Z", "2026-03-09T04:00Z"),
        Case("America/New_York", "t occurs last week", "2026-03-08T16:00Z", "2026-03-09T04:00Z", "2026-03-16T04:00Z"),
        Case("America/New_York", "t occurs next year", "2026-03-08T16:00Z", "2025-01-01T05:00Z", "2026-01-01T05:00Z"),
        Case(
            "America/New_York",
            "t occurs < 1 month before now",
            "2026-02-28T12:00Z",
            "2026-02-28T12:00Z",
            "2026-03-28T11:00Z"
        ),
        // Half an hour.
        Case("Australia/Lord_Howe", "t occurs today", "2026-04-05T00:00Z", "2026-04-04T13:00Z", "2026-04-05T13:30Z"),
        Case(
            "Australia/Lord_Howe",
            "t occurs <= 1 day after now",
            "2026-10-04T06:00Z",
            "2026-10-03T06:30Z",
            "2026-10-04T06:00:00.001Z"
        ),
        // Midnight is leapt over, or the hour before it comes twice.
        Case("America/Sao_Paulo", "t occurs today", "2018-11-04T12:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z"),
        Case("Africa/Cairo", "t occurs today", "2026-04-24T10:00Z", "2026-04-23T22:00Z", "2026-04-24T21:00Z"),
        Case("Africa/Cairo", "t occurs today", "2026-10-29T12:00Z", "2026-10-28T21:00Z", "2026-10-29T22:00Z"),
        // One minute after midnight clocks show the day before again; the new day has begun.
        Case("America/St_Johns", "t occurs today", "2007-11-04T12:00Z", "2007-11-04T02:30Z", "2007-11-05T03:30Z"),
        Case("America/St_Johns", "t occurs today", "2007-11-04T02:45Z", "2007-11-04T02:30Z", "2007-11-05T03:30Z"),
        Case(
            "America/St_Johns",
            "t occurs yesterday",
            "2007-11-04T02:29:59.999Z",
            "2007-11-04T02:30Z",
            "2007-11-05T03:30Z"
        ),
        // A day is missing.
        Case("Pacific/Apia", "t occurs today", "2011-12-31T00:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z"),
        Case("Pacific/Apia", "t occurs tomorrow", "2011-12-31T00:00Z", "2011-12-30T10:00Z", "2011-12-30T10:00Z"),
        Case("Pacific/Apia", "t occurs before today", "2011-12-29T20:00Z", "2011-12-30T10:00Z", nil),
        Case("Pacific/Apia", "t occurs this week", "2011-12-31T00:00Z", "2011-12-26T10:00Z", "2012-01-01T10:00Z"),
        Case("Asia/Kathmandu", "t occurs this month", "2026-03-15T00:00Z", "2026-02-28T18:15Z", "2026-03-31T18:15Z"),
        Case("Asia/Kathmandu", "t occurs this hour", "2026-03-15T10:20Z", "2026-03-15T10:00Z", "2026-03-15T11:00Z"),
        // Leap days.
        Case("UTC", "t occurs < 1 year before now", "2024-02-29T12:00Z", "2024-02-29T12:00Z", "2025-02-28T12:00Z"),
        Case("UTC", "t occurs > 4 years before now", "2024-02-29T12:00Z", "2028-02-29T12:00:00.001Z", nil),
        Case(
            "Europe/Berlin",
            "t occurs < 1 month before now",
            "2024-01-31T12:00Z",
            "2024-01-31T12:00Z",
            "2024-02-29T12:00Z"
        ),
        Case(
            "America/New_York",
            "t occurs <= 1 year after now",
            "2024-02-29T12:00Z",
            "2023-02-28T12:00Z",
            "2024-02-29T12:00:00.001Z"
        ),
        Case("Asia/Kathmandu", "t occurs tomorrow", "2024-02-29T00:00Z", "2024-02-27T18:15Z", "2024-02-28T18:15Z"),
        Case("Asia/Kathmandu", "t occurs yesterday", "2024-02-29T00:00Z", "2024-02-29T18:15Z", "2024-03-01T18:15Z"),
    ]

    @Test(arguments: [
        ("Pacific/Apia", "2011-12-30T10:00Z"), ("Pacific/Kwajalein", "1993-08-21T12:00Z"),
        ("Pacific/Enderbury", "1994-12-31T11:00Z"), ("Pacific/Kiritimati", "1994-12-31T10:00Z"),
    ])
    func `after a day that was left out, yesterday begins as now does`(row: (zone: String, leap: String)) throws {
        let fixture = try ClockFixture("now occurs after yesterday", of: "{}", zone: ZoneinfoOracle.rules(row.zone))
        let leap = try ClockFixture.instant(row.leap)

        for days in 0...3 {
            let before = leap.later(by: -1 - Int64(days) * Timestamp.dayMilliseconds)
            #expect(fixture.outcome(at: before) == PQLOutcome(qualifies: true, changesAt: leap))
        }
        #expect(fixture.outcome(at: leap) == PQLOutcome(qualifies: false, changesAt: leap.later(by: 1)))
        #expect(fixture.outcome(at: leap.later(by: 1)) == PQLOutcome(qualifies: true))
    }

    @Test(arguments: cases)
    func `a test changes with the clocks of its zone`(row: Case) throws {
        let fixture = try ClockFixture(row.text, of: "{\"t\": \"\(row.t)\"}", zone: ZoneinfoOracle.rules(row.zone))
        let first = try ClockFixture.instant(row.becomesTrue)
        let end = try row.becomesFalse.map(ClockFixture.instant)
        let before = first.later(by: -40 * Timestamp.dayMilliseconds)
        #expect(!fixture.outcome(at: first.later(by: -1)).qualifies)
        if first == end {
            // True in a day that is missing, so never.
            #expect(fixture.outcome(at: before) == PQLOutcome(qualifies: false))
            return
        }

        #expect(fixture.outcome(at: before) == PQLOutcome(qualifies: false, changesAt: first))
        #expect(fixture.outcome(at: first) == PQLOutcome(qualifies: true, changesAt: end))
        guard let end else { return }
        #expect(fixture.outcome(at: end.later(by: -1)) == PQLOutcome(qualifies: true, changesAt: end))
        #expect(fixture.outcome(at: end) == PQLOutcome(qualifies: false))
    }

    @Test(arguments: [
        ("t = date(2026, 3, 29)", "2026-03-28T23:00Z", true), ("t = date(2026, 3, 29)", "2026-03-29", true),
        ("t = date(2026, 3, 29)", "2026-03-29T00:00Z", false),
        ("t occurs on date(2026, 3, 29)", "2026-03-29T21:59Z", true),
        ("t occurs on date(2026, 3, 29)", "2026-03-29T22:00Z", false),
        ("t occurs on \"2026-03-29\"", "2026-03-28T23:00Z", true),
        ("t occurs before \"2026-03-29\"", "2026-03-28T22:59Z", true),
        ("t occurs after \"2026-03-29\"", "2026-03-28T23:01Z", true),
        ("t.getDayOfMonth() = 30", "2026-03-29T22:00Z", true), ("t.getMonth() = 4", "2026-03-31T22:30Z", true),
        ("t.getDayOfMonth() = 29", "2026-03-29", true), ("t.getYear() = 2027", "2026-12-31T23:00Z", true),
        ("t in [date(2026, 3, 29)]", "2026-03-28T23:00Z", true),
        ("[t].includes(date(2026, 3, 29))", "2026-03-28T23:00Z", true),
        ("t.equals(date(2026, 3, 29))", "2026-03-28T23:00Z", true),
        ("t > date(2026, 3, 29)", "2026-03-28T23:30Z", true),
        ("t occurs = 1 day before date(2026, 3, 29)", "2026-03-28T22:30Z", true),
        ("t occurs between date(2026, 3, 28) and date(2026, 3, 28)", "2026-03-27T23:00Z", true),
        ("[date(2026, 3, 29)].distinct().head() = t", "2026-03-28T23:00Z", true),
        ("[date(2026, 3, 29), date(2026, 3, 28)].min() = t", "2026-03-27T23:00Z", true),
    ])
    func `days are those of the zone wherever they stand`(row: (text: String, t: String, holds: Bool)) throws {
        let fixture = try ClockFixture(
            row.text,
            of: "{\"t\": \"\(row.t)\"}",
            zone: ZoneinfoOracle.rules("Europe/Berlin")
        )

        #expect(fixture.qualifies(at: Timestamp(milliseconds: 0)) == row.holds)
        #expect(!fixture.program.readsClock)
    }
}
