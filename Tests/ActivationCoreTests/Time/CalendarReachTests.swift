import Testing

@testable import ActivationCore

/// When a time that moves with the clock arrives somewhere, in every zone there is.
struct CalendarReachTests {
    private static let times: [PQLClockTime] =
        [.now, .day(-1), .day(0), .day(1)]
        + [PQLUnit.hour, .day, .week, .month, .year, .decade].flatMap { unit in
            [PQLPeriod.last, .this, .next].map { PQLClockTime.period($0, unit) }
        }

    @Test func `the instant at which a time reaches another is the first one`() throws {
        var random = TestSeed.generator()
        for round in 0..<4_000 {
            let generator = try ClockGenerator(SplitMix64(seed: random.next()))
            let calendar = PQLCalendar(zone: generator.zone)
            let time = try #require(Self.times.randomElement(using: &random))
            let next = Bool.random(using: &random)
            let day = calendar.day(of: generator.middle) + Int.random(in: -3...3, using: &random)
            let limit =
                random.oneIn(2)
                ? calendar.startOfDay(day) + Int64.random(in: -1...1, using: &random)
                : generator.middle + Int64.random(in: -200_000_000...200_000_000, using: &random)
            func place(at now: Int64) -> Int64 {
                let span = PQLSpan(time, now: now, calendar)
                return next ? span.end : span.start
            }

            let instant = calendar.instant(when: time, reaches: limit, next: next)

            let context: Comment = "round \(round): \(time) next \(next) to \(limit) in \(generator.zone.name)"
            #expect(place(at: instant) >= limit, context)
            #expect(place(at: instant - 1) < limit, context)
        }
    }
}
