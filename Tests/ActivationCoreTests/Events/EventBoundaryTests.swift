import Testing

@testable import ActivationCore

/// Which events a passing instant concerns, where months end and clocks are changed.
@Suite struct EventBoundaryTests {
    /// Days in whose neighbourhood later timestamps have earlier pivots, by zone.
    private static let places: [(zone: String, days: [String])] = [
        ("UTC", ["2026-01-28", "2026-02-28", "2024-02-28", "2026-03-31", "2026-06-15"]),
        ("Europe/Berlin", ["2026-03-29", "2026-10-25", "2026-01-30", "2025-12-30"]),
        ("Australia/Lord_Howe", ["2026-04-05", "2026-10-04"]), ("America/Sao_Paulo", ["2018-11-04", "2018-02-18"]),
        ("America/St_Johns", ["2007-11-04", "2008-03-09"]), ("Pacific/Apia", ["2011-12-29", "2012-01-01"]),
        ("Africa/Casablanca", ["2026-02-15", "2026-03-22"]), ("Pacific/Kwajalein", ["1993-08-20", "1993-08-23"]),
        ("Pacific/Kiritimati", ["1994-12-30", "1995-01-01"]),
    ]

    private static func window(_ random: inout SplitMix64, _ calendar: PQLCalendar) throws -> EventWindow {
        let units: [PQLUnit] = [.minute, .hour, .day, .day, .week, .month, .month, .year]
        let unit = units.randomElement(using: &random) ?? .day
        let comparisons: [PQLComparison] = [.less, .lessOrEqual, .greater, .greaterOrEqual, .equal]
        let comparison = comparisons.randomElement(using: &random) ?? .less
        let direction: PQLDirection = random.oneIn(3) ? .after : .before
        let clock: [PQLClockTime] = [.now, .now, .now, .day(0), .day(1), .period(.this, .week), .period(.last, .month)]
        let time = EventWindow.Time(
            reference: .clock(clock.randomElement(using: &random) ?? .now),
            position: .period(.this, .day)
        )
        let amount = Int64.random(in: 0...(unit == .year ? 2 : 5), using: &random)
        let when: PQLWhen =
            random.oneIn(5) ? .on(time.position) : .distance(comparison, amount, unit, direction, time.position)
        return try #require(EventWindow(when, calendar, time: { _ in time }))
    }

    /// An instant near a place, or near what is a whole number of units away from it.
    private static func instant(_ random: inout SplitMix64, _ day: Int64, _ calendar: PQLCalendar) -> Int64 {
        let units: [PQLUnit] = [.day, .week, .month, .year]
        let unit = units.randomElement(using: &random) ?? .day
        let amount = random.oneIn(2) ? 0 : Int64.random(in: -5...5, using: &random)
        let base = calendar.add(amount, unit, to: day)
        let spread: Int64 = random.oneIn(2) ? 3_600_000 * 3 : 86_400_000 * 4
        return base + Int64.random(in: -spread...spread, using: &random) / 60_000 * 60_000
    }

    @Test(arguments: 0..<4) func `no event that an instant concerns is left unread`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        for _ in 0..<400 {
            let place = try #require(Self.places.randomElement(using: &random))
            let zone = place.zone == "UTC" ? TimeZoneRules.utc : try ZoneinfoOracle.rules(place.zone)
            let calendar = PQLCalendar(zone: zone)
            let name = try #require(place.days.randomElement(using: &random))
            let day = try #require(Timestamp(date: name)).milliseconds
            let window = try Self.window(&random, calendar)
            for boundary in [window.entry, window.exit].compactMap(\.self) {
                let context = "\(place.zone) \(name) \(PQLPrinter.text(of: window.when)), seed \(seed)"
                let timestamps = (0..<30).map { _ in Self.instant(&random, day, calendar) }.sorted()
                let instants = timestamps.map(boundary.instant)
                for (index, timestamp) in timestamps.enumerated() {
                    let earliest = boundary.earliestInstant(from: timestamp)
                    for later in index..<timestamps.count { #expect(instants[later] >= earliest, "\(context)") }
                }
                for _ in 0..<20 {
                    let picked = instants.randomElement(using: &random) ?? day
                    let near = abs(picked) < 4_000_000_000_000 && random.oneIn(2)
                    let now =
                        near
                        ? picked + Int64.random(in: -1...1, using: &random) : Self.instant(&random, day, calendar)
                    let first = boundary.firstTimestamp(after: now)
                    let last = boundary.lastTimestamp(through: now)
                    for (timestamp, instant) in zip(timestamps, instants) {
                        if instant > now { #expect(timestamp >= first, "\(context)") }
                        if instant <= now { #expect(timestamp <= last, "\(context)") }
                        if timestamp > last { #expect(boundary.earliestInstant(from: timestamp) > now, "\(context)") }
                    }
                    // Nothing is widened where all days are alike.
                    if place.zone == "UTC", boundary.pivot.unit.months == 0 {
                        #expect(first <= last + 1 || first == .max)
                    }
                }
            }
        }
    }

    @Test func `a stretch is as wide as what passes where days are alike`() throws {
        let hour: Int64 = 3_600_000
        let leaf = try #require(
            EventExpression("xEvent[timestamp occurs < 7 days before now].sum(a)").program.eventLeaves.first
        )
        // 2026-06-15
        let now: Int64 = 1_781_481_600_000
        let range = leaf.windows.exits[0].range(after: now, through: now + hour)

        #expect(range.from.milliseconds == now - 7 * 24 * hour + 1)
        #expect(range.through.milliseconds == now - 6 * 24 * hour - 23 * hour)
    }
}
