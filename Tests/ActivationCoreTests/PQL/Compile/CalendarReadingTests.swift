import Testing

@testable import ActivationCore

/// Which expressions the time zone has a part in.
struct CalendarReadingTests {
    private static func program(_ text: String, _ zone: TimeZoneRules = .utc) throws -> PQLProgram {
        var paths = PathDictionary()
        return try PQLProgram(compiling: PQLExpression(parsing: text), paths: &paths, zone: zone) { _ in nil }
    }

    @Test(arguments: [
        "step >= 0 and name = \"2026-03-02\"", "xEvent[timestamp occurs < 24 hours before now].count() > 1",
        "xEvent[timestamp occurs this hour].sum(n) > 1",
        "xEvent[timestamp occurs after \"2026-01-01T00:00Z\"].exists()",
        "exists E from xEvent where (E.timestamp occurs < 24 hours before now and E.sku = favourite)",
        "CHAIN(xEvent, timestamp, [A: WHAT(sku = favourite) WHEN(< 24 hours before now), B: WHAT(sku = A.sku) "
            + "WHEN(< 90 minutes after A)])",
        "xEvent[timestamp > now].count() = 0", "segmentMembership.ups.keys().count() > 0",
        "xEvent[timestamp occurs < 60 minutes before now][sku = favourite].exists()", "now > \"2026-01-01T00:00Z\"",
    ])
    func `hours and what is no time do not follow it`(text: String) throws {
        let zone = try ZoneinfoOracle.rules("Europe/Berlin")
        let program = try Self.program(text, zone)

        #expect(!program.readsCalendar)
        #expect(try program.eventLeaves == Self.program(text).eventLeaves)
    }

    @Test(arguments: [
        "t occurs today", "t < today", "t in [today, tomorrow]", "t occurs this month", "t occurs < 1 day before now",
        "currentMonth() = 3", "now.getDayOfMonth() > 3", "t.getYear() = 2026", "t occurs before \"2026-01-01\"",
        "t occurs after date(2026, 1, 1)", "t > date(2026, 1, 1)", "now > \"2026-01-01\"", "now occurs after tomorrow",
        // Data can hold a day, which begins when the zone has it.
        "t > now", "t occurs < 24 hours before now", "xEvent[at occurs < 24 hours before now].count() > 1",
        "orders[timestamp occurs < 24 hours before now].count() > 1", "now occurs before xEvent[k = 1].at.max()",
        "if(a, orders, xEvent)[timestamp occurs < 24 hours before now].count() > 1",
        "orders.map(xEvent)[timestamp occurs < 24 hours before now].count() > 1",
        "xEvent[timestamp occurs today].count() > 1", "xEvent[timestamp occurs = 2 weeks before now].exists()",
        "xEvent[timestamp occurs after \"2026-01-01\"].exists()", "xEvent[timestamp occurs last year].sum(n) > 1",
        "CHAIN(xEvent, at, [A: WHAT(sku = favourite)])", "xEvent[timestamp.getMonth() = 3].exists()",
        "CHAIN(xEvent, timestamp, [A: WHAT(a = 1) WHEN(< 1 week before now), B: WHAT(b = 1)])",
        "CHAIN(xEvent, timestamp, [A: WHAT(a = 1), B: WHAT(b = 1) WHEN(< 1 day after A)])",
    ])
    func `days and longer units follow it`(text: String) throws {
        #expect(try Self.program(text).readsCalendar)
    }

    @Test func `a leaf that counts days has another key in every zone and with other rules`() throws {
        let berlin = try ZoneinfoOracle.rules("Europe/Berlin")
        let changed = try TimeZoneRules(name: "Europe/Berlin", tzif: ZoneinfoOracle.bytes("Africa/Lagos"))
        func keys(_ text: String) throws -> Set<String> {
            Set(try [.utc, berlin, changed].flatMap { try Self.program(text, $0).eventLeaves.map(\.key) })
        }

        #expect(try keys("xEvent[timestamp occurs today].count() > 1").count == 3)
        #expect(try keys("xEvent[at.getMonth() = 3].count() > 1").count == 3)
        #expect(try keys("xEvent[timestamp occurs < 24 hours before now].count() > 1").count == 1)
        #expect(try keys("xEvent[kind = \"x\"].count() > 1").count == 1)
    }

    @Test func `what does not follow it is the same in any zone`() throws {
        var random = TestSeed.generator()
        var compared = 0
        for round in 0..<6_000 {
            var generator = try ClockGenerator(SplitMix64(seed: random.next()))
            let profile = generator.profile()
            let text = generator.expression(Int.random(in: 0...2, using: &random))
            let fixture = try ClockFixture(text, of: profile, zone: generator.zone)
            guard !fixture.program.readsCalendar else { continue }
            compared += 1
            let other = try ClockFixture(text, of: profile)
            for _ in 0..<6 {
                let now = Timestamp(
                    milliseconds: generator.middle + Int64.random(in: -200_000_000...200_000_000, using: &random)
                )
                #expect(
                    fixture.outcome(at: now) == other.outcome(at: now),
                    "round \(round): \(text) of \(profile) in \(generator.zone.name)"
                )
            }
        }
        #expect(compared > 50)
    }
}
