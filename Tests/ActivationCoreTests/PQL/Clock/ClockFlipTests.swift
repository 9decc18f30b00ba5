import Testing

@testable import ActivationCore

/// The forms that read the clock otherwise than by a test of an attribute's time (PQL 11), just before, at and just after
/// every instant at which they change.
struct ClockFlipTests {
    private static let profile = """
        {"t": "2026-03-12T12:00:00Z", "day": "2026-03-12", "born": "1988-02-29",
         "times": ["2026-03-09T10:00Z", "2026-03-11T10:00Z", 7],
         "xEvent": [{"timestamp": "2026-03-10T09:00:00Z", "kind": "view"}, {"timestamp": "2026-03-10T11:00:00Z", "kind": "buy"}],
         "segmentMembership": {"ups": {
          "00000000-0000-0001-0000-000000000001": {"status": "realized", "lastQualificationTime": "2025-01-01T00:00:00Z"},
          "00000000-0000-0002-0000-000000000002": {"status": "exited", "lastQualificationTime": "2026-02-20T08:00:00Z"}}}}
        """

    /// Expressions with the instants at which they become true or false.
    static let rows: [(text: String, becomes: [(instant: String, truth: Bool)])] = [
        // Months, days of the month and years.
        ("currentMonth() = 3", [("2026-03-01", true), ("2026-04-01", false), ("2027-03-01", true)]),
        ("currentDayOfMonth() = 31", [("2026-03-31", true), ("2026-04-01", false), ("2026-05-31", true)]),
        ("currentYear() >= 2027", [("2027-01-01", true)]),
        ("now.getMonth() = 2", [("2028-02-01", true), ("2028-03-01", false)]),
        ("getDayOfMonth(now) > 28", [("2024-02-29", true), ("2024-03-01", false), ("2024-03-29", true)]),
        ("now.getYear() < 2027", [("2027-01-01", false)]),
        ("today.getYear() = 2027", [("2027-01-01", true), ("2028-01-01", false)]),
        ("today.getDayOfMonth() = 29", [("2024-02-29", true), ("2024-03-01", false)]),
        ("yesterday.getDayOfMonth() = 29", [("2024-03-01", true), ("2024-03-02", false)]),
        ("yesterday.getMonth() = 2", [("2024-02-02", true), ("2024-03-02", false)]),
        ("tomorrow.getMonth() = 3", [("2026-02-28", true), ("2026-03-31", false)]),
        ("tomorrow.getYear() = 2027", [("2026-12-31", true), ("2027-12-31", false)]),
        ("(let T = now in T.getYear()) = 2027", [("2027-01-01", true), ("2028-01-01", false)]),
        (
            "born.getMonth() = currentMonth() and born.getDayOfMonth() = currentDayOfMonth()",
            [("2024-02-29", true), ("2024-03-01", false), ("2028-02-29", true), ("2028-03-01", false)]
        ),
        // Days as plain values.
        ("day in [yesterday, today]", [("2026-03-12", true), ("2026-03-14", false)]),
        ("day notIn [tomorrow]", [("2026-03-11", false), ("2026-03-12", true)]),
        ("[tomorrow].includes(day)", [("2026-03-11", true), ("2026-03-12", false)]),
        ("day.equals(today)", [("2026-03-12", true), ("2026-03-13", false)]),
        (
            "if(t > now, t > tomorrow, day = today)",
            [("2026-03-12", false), ("2026-03-12T12:00Z", true), ("2026-03-13", false)]
        ),
        // Comparisons, on either side.
        ("t > now", [("2026-03-12T12:00Z", false)]),
        ("t >= now", [("2026-03-12T12:00:00.001Z", false)]),
        ("t < now", [("2026-03-12T12:00:00.001Z", true)]),
        ("t <= now", [("2026-03-12T12:00Z", true)]),
        ("t = now", [("2026-03-12T12:00Z", true), ("2026-03-12T12:00:00.001Z", false)]),
        ("now != t", [("2026-03-12T12:00Z", false), ("2026-03-12T12:00:00.001Z", true)]),
        ("now > t", [("2026-03-12T12:00:00.001Z", true)]),
        ("now <= t", [("2026-03-12T12:00:00.001Z", false)]),
        ("day = today", [("2026-03-12", true), ("2026-03-13", false)]),
        ("today != day", [("2026-03-12", false), ("2026-03-13", true)]),
        ("day < tomorrow", [("2026-03-12", true)]),
        ("yesterday >= day", [("2026-03-13", true)]),
        ("t > today", [("2026-03-13", false)]),
        ("times > now", [("2026-03-11T10:00Z", false)]),
        (
            "times = now",
            [("2026-03-09T10:00Z", true), ("2026-03-09T10:00:00.001Z", false), ("2026-03-11T10:00Z", true)]
        ),
        ("xEvent.timestamp.max() < today", [("2026-03-11", true)]),
        (
            "let T = now in (t >= T and T > times)",
            [("2026-03-09T10:00:00.001Z", true), ("2026-03-12T12:00:00.001Z", false)]
        ),
        // now as what is asked.
        ("now occurs on t", [("2026-03-12T12:00Z", true), ("2026-03-12T12:00:00.001Z", false)]),
        ("now occurs date(2026, 3, 12)", [("2026-03-12", true), ("2026-03-13", false)]),
        ("now occurs before t", [("2026-03-12T12:00Z", false)]),
        ("now occurs after t", [("2026-03-12T12:00:00.001Z", true)]),
        ("now occurs from date(2026, 3, 12)", [("2026-03-12T00:00:00.001Z", true)]),
        ("now occurs between t and date(2026, 3, 14)", [("2026-03-12T12:00Z", true), ("2026-03-15", false)]),
        // Steps of chains.
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHEN(< 2 days before now), B: WHAT(kind = "buy") WHEN(<= 1 day after A)])"#,
            [("2026-03-10T09:00Z", true), ("2026-03-12T09:00Z", false)]
        ),
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHEN(last week), not N: WHAT(true) WHEN(today)])"#,
            [("2026-03-16", true), ("2026-03-23", false)]
        ),
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHEN(this hour) COUNT(= 0)])"#,
            [("2026-03-10T09:00Z", false), ("2026-03-10T10:00Z", true)]
        ),
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHEN(between yesterday and now)])"#,
            [("2026-03-10T09:00Z", true), ("2026-03-12", false)]
        ),
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHERE(t occurs < 1 day after now)])"#,
            [("2026-03-11T12:00:00.001Z", true), ("2026-03-12T12:00:00.001Z", false)]
        ),
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(timestamp occurs today), B: WHAT(kind = "buy") WHEN(= 2 hours after A)])"#,
            [("2026-03-10", true), ("2026-03-11", false)]
        ),
        // Memberships.
        (
            #"segmentMembership.get("ups").get("00000000-0000-0002-0000-000000000002").status = "exited""#,
            [("2026-03-22T08:00Z", false)]
        ),
        ("segmentMembership.ups.keys().count() = 1", [("2026-03-22T08:00Z", true)]),
    ]

    @Test(arguments: rows)
    func `it changes just then and tells it beforehand`(
        row: (text: String, becomes: [(instant: String, truth: Bool)])
    ) throws {
        let fixture = try ClockFixture(row.text, of: ClockFlipTests.profile)
        for (text, truth) in row.becomes {
            let instant = try ClockFixture.instant(text)

            #expect(
                fixture.outcome(at: instant.later(by: -1)) == PQLOutcome(qualifies: !truth, changesAt: instant),
                "before \(text)"
            )
            let then = fixture.outcome(at: instant)
            #expect(then.qualifies == truth, "at \(text)")
            #expect(then.changesAt.map { $0 > instant } ?? true)
            let after = fixture.outcome(at: instant.later(by: 1))
            // What lasts for one millisecond has ended.
            #expect(after.qualifies == truth || then.changesAt == instant.later(by: 1), "after \(text)")
        }
    }
}
