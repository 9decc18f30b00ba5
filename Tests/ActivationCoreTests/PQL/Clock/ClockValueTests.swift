import Testing

@testable import ActivationCore

/// What is read from the clock otherwise than by a test of time.
struct ClockValueTests {
    private static let profile = """
        {"born": "1991-03-07", "renewal": "2026-03-12T12:00:00Z", "times": ["2026-03-09T10:00Z", "2026-03-11T10:00Z", 7],
         "xEvent": [{"timestamp": "2026-03-01T08:00:00Z", "kind": "view"}, {"timestamp": "2026-03-10T09:00:00Z", "kind": "buy"}],
         "segmentMembership": {"ups": {
          "00000000-0000-0001-0000-000000000001": {"status": "realized", "lastQualificationTime": "2025-01-01T00:00:00Z"},
          "00000000-0000-0002-0000-000000000002": {"status": "exited", "lastQualificationTime": "2026-02-20T08:00:00Z"},
          "00000000-0000-0003-0000-000000000003": {"status": "exited", "lastQualificationTime": "2026-01-01T00:00:00Z"}}}}
        """

    @Test(arguments: [
        // Months, days and years.
        ("currentMonth() = 3", "2026-03-10T12:00Z", true, "2026-04-01"),
        ("currentDayOfMonth() < 15", "2026-03-14T12:00Z", true, "2026-03-15"),
        ("currentYear() > 2026", "2026-03-10T12:00Z", false, "2027-01-01"),
        ("now.getMonth() = 3", "2026-03-10T12:00Z", true, "2026-04-01"),
        ("getDayOfMonth(now) = 10", "2026-03-10T12:00Z", true, "2026-03-11"),
        ("today.getYear() = 2026", "2026-03-10T12:00Z", true, "2027-01-01"),
        ("yesterday.getMonth() = 3", "2026-03-31T12:00Z", true, "2026-04-02"),
        ("tomorrow.getDayOfMonth() = 1", "2026-03-31T12:00Z", true, "2026-04-01"),
        ("tomorrow.getYear() = 2027", "2026-12-31T00:00Z", true, "2027-12-31"),
        ("(let T = now in T.getMonth()) = 3", "2026-03-31T12:00Z", true, "2026-04-01"),
        (
            "born.getDayOfMonth() = currentDayOfMonth() and born.getMonth() = currentMonth()", "2026-03-06T12:00Z",
            false, "2026-03-07"
        ),
        (
            "born.getMonth() = currentMonth() and born.getDayOfMonth() = currentDayOfMonth()", "2026-03-07T12:00Z",
            true, "2026-03-08"
        ),
        // Days as plain values.
        ("renewal in [yesterday, today]", "2026-03-10T12:00Z", false, "2026-03-11"),
        ("[today].count() = 1", "2026-03-10T12:00Z", true, "2026-03-11"),
        ("xEvent[timestamp > [yesterday].min()].count() = 1", "2026-03-10T12:00Z", true, "2026-03-11"),
        ("if(renewal > date(2026, 1, 1), today, tomorrow) > renewal", "2026-03-11T12:00Z", false, "2026-03-12"),
        // Comparisons: the one of several times that changes first.
        ("renewal > now", "2026-03-10T12:00Z", true, "2026-03-12T12:00Z"),
        ("now >= renewal", "2026-03-10T12:00Z", false, "2026-03-12T12:00Z"),
        ("times > now", "2026-03-10T12:00Z", true, "2026-03-11T10:00Z"),
        ("times != now", "2026-03-11T09:00Z", true, "2026-03-11T10:00Z"),
        ("now < times", "2026-03-11T10:00Z", false, nil),
        ("times > today", "2026-03-10T12:00Z", true, "2026-03-12"),
        ("xEvent.timestamp.max() < today", "2026-03-10T12:00Z", false, "2026-03-11"),
        ("now > today", "2026-03-10T00:00Z", false, "2026-03-10T00:00:00.001Z"),
        ("today <= now", "2026-03-10T12:00Z", true, "2026-03-11"),
        ("now = now", "2026-03-10T12:00Z", true, nil),
        ("now != now or now < now", "2026-03-10T12:00Z", false, nil),
        ("missing > now", "2026-03-10T12:00Z", false, nil),
        ("missing.getMonth() = 3", "2026-03-10T12:00Z", false, nil),
        // now as what is asked.
        ("now occurs after renewal", "2026-03-10T12:00Z", false, "2026-03-12T12:00:00.001Z"),
        ("now occurs before renewal", "2026-03-10T12:00Z", true, "2026-03-12T12:00Z"),
        ("now occurs on renewal", "2026-03-12T12:00Z", true, "2026-03-12T12:00:00.001Z"),
        ("now occurs between renewal and date(2026, 3, 14)", "2026-03-12T12:00Z", true, "2026-03-15"),
        ("let N = now in (N occurs between date(2026, 3, 11) and renewal)", "2026-03-10T12:00Z", false, "2026-03-11"),
        ("now occurs this month", "2026-03-10T12:00Z", true, nil),
        ("now occurs last month", "2026-03-10T12:00Z", false, nil),
        ("now occurs after today", "2026-03-10T00:00Z", false, "2026-03-10T00:00:00.001Z"),
        ("now occurs after today", "2026-03-10T12:00Z", true, "2026-03-11"),
        ("today occurs < 3 days before renewal", "2026-03-08T12:00Z", false, "2026-03-09"),
        // Several instants: the first of them.
        ("times occurs < 1 day before now", "2026-03-10T09:00Z", true, "2026-03-10T10:00Z"),
        ("xEvent[timestamp occurs < 10 days before now].count() > 1", "2026-03-10T12:00Z", true, "2026-03-11T08:00Z"),
        (
            "sum 1 over E from xEvent where E.timestamp occurs > 9 days before now", "2026-03-10T07:00Z", true,
            "2026-03-10T08:00:00.001Z"
        ),
        // Only what is evaluated counts.
        ("born.isNull() and renewal > now", "2026-03-10T12:00Z", false, nil),
        ("renewal > now or renewal occurs < 1 day after now", "2026-03-10T12:00Z", true, "2026-03-12T12:00Z"),
        ("if(currentYear() = 2026, true, renewal > now)", "2026-03-10T12:00Z", true, "2027-01-01"),
        // Chains: WHAT, WHEN and WHERE.
        (
            "CHAIN(xEvent, timestamp, [A: WHAT(kind = \"view\"), B: WHAT(kind = \"buy\") WHEN(< 1 day before now)])",
            "2026-03-10T12:00Z", true, "2026-03-11T09:00Z"
        ),
        (
            "CHAIN(xEvent, timestamp, [A: WHAT(kind = \"view\") WHEN(last week), B: WHAT(kind = \"buy\") WHERE(renewal > now)])",
            "2026-03-06T12:00Z", true, "2026-03-09"
        ),
        (
            "CHAIN(xEvent, timestamp, [A: WHAT(timestamp occurs < 10 days before now), B: WHAT(kind = \"buy\") WHEN(< 10 days after A)])",
            "2026-03-10T12:00Z", true, "2026-03-11T08:00Z"
        ),
        // Entries of former members end after 30 days.
        (
            "segmentMembership.ups.`00000000-0000-0002-0000-000000000002`.status = \"exited\"", "2026-03-10T12:00Z",
            true, "2026-03-22T08:00Z"
        ),
        ("segmentMembership.get(\"ups\").keys().count() = 2", "2026-03-10T12:00Z", true, "2026-03-22T08:00Z"),
        ("segmentMembership.ups.keys().count() = 1", "2026-03-22T08:00Z", true, nil),
        ("$1.segmentMembership.ups.keys().count() = 3", "2026-01-30T12:00Z", true, "2026-01-31"),
        (
            "$1.get(\"segmentMembership\").get(\"ups\").keys().count() = 2", "2026-01-31T00:00Z", true,
            "2026-03-22T08:00Z"
        ),
    ])
    func `the next change is told`(row: (text: String, now: String, qualifies: Bool, changesAt: String?)) throws {
        let fixture = try ClockFixture(row.text, of: ClockValueTests.profile)
        let now = try ClockFixture.instant(row.now)
        let change = try row.changesAt.map(ClockFixture.instant)

        #expect(fixture.outcome(at: now) == PQLOutcome(qualifies: row.qualifies, changesAt: change))
        #expect(fixture.qualifies(at: now) == row.qualifies)
        guard let change else { return }
        #expect(fixture.outcome(at: change.later(by: -1)) == PQLOutcome(qualifies: row.qualifies, changesAt: change))
    }

    @Test(arguments: [
        ("renewal = 1 or [now].count() = 1", 17), ("renewal in [now]", 13), ("renewal.equals(now)", 16),
        ("now.isNull()", 1), ("if(a, now, b) > c", 7), ("{\"k\": now}.k > renewal", 7), ("now", 1),
        ("now occurs < 3 days before renewal", 1), ("let N = now in ([N].max() > renewal)", 18), ("now + 1 > 2", 1),
        ("xEvent.map(now).count() > 1", 12),
    ])
    func `now as a plain value is refused where the result has to be followed`(row: (text: String, column: Int)) throws
    {
        let error = try #require(PQLFixture.error(row.text))

        #expect(error.code == .clock)
        #expect(error.column == row.column)
        #expect(error.message.contains("occurs"))
        let fixture = try ClockFixture(row.text, of: "{}", clock: .read)
        let outcome = fixture.outcome(at: Timestamp(milliseconds: 5))
        #expect(outcome.changesAt == nil || outcome.changesAt == Timestamp(milliseconds: 6))
    }

    @Test(arguments: [
        ("a = 1", false), ("xEvent[timestamp occurs after date(2026, 1, 1)].count() > 2", false),
        ("t > date(2026, 1, 1) and t.getMonth() = 3", false), ("inSegment(\"x\")", false),
        ("identityMap.Email.id = \"x\"", false),
        ("CHAIN(xEvent, timestamp, [A: WHAT(k = 1), B: WHAT(k = 2) WHEN(< 1 day after A)])", false),
        ("t > now", true), ("t occurs today", true), ("t occurs last week", true), ("currentMonth() = 3", true),
        ("t in [today]", true), ("now.getMonth() = 3", true), ("segmentMembership.ups.x.status = \"exited\"", true),
        ("$1.keys().includes(\"x\")", true), ("now occurs after t", true),
        ("CHAIN(xEvent, timestamp, [A: WHAT(k = 1) WHEN(today)])", true),
    ])
    func `a program says whether the clock alone can change its outcome`(row: (text: String, readsClock: Bool)) throws {
        let fixture = try ClockFixture(row.text, of: "{}")

        #expect(fixture.program.readsClock == row.readsClock)
        if !row.readsClock { #expect(fixture.outcome(at: Timestamp(milliseconds: 0)).changesAt == nil) }
    }

    @Test func `a change after the year 9999 is none`() throws {
        let fixture = try ClockFixture("t occurs < 9000 years before now", of: "{\"t\": \"2026-03-10T09:00Z\"}")

        #expect(fixture.outcome(at: try ClockFixture.instant("2026-03-10T10:00Z")) == PQLOutcome(qualifies: true))
        let farthest = try ClockFixture(
            "t occurs < 9223372036854775807 weeks before now",
            of: "{\"t\": \"2026-03-10\"}"
        )
        #expect(
            farthest.outcome(at: try ClockFixture.instant("2026-03-09")).changesAt?.rfc3339 == "2026-03-10T00:00:00Z"
        )
    }
}
