import Foundation
import Testing

@testable import ActivationCore

/// Random expressions over random times, walked from change to change.
///
/// HEADWATER_CLOCK_COUNT raises the number of expressions, HEADWATER_SEED repeats a run; both are printed.
struct ClockPropertyTests {
    private static let count =
        ProcessInfo.processInfo.environment["HEADWATER_CLOCK_COUNT"].flatMap { Int($0) } ?? 4_000

    @Test func `between two changes an outcome stands, and a change of one test is one`() throws {
        let seed = TestSeed.next()
        print("clock: \(ClockPropertyTests.count) expressions")
        var random = SplitMix64(seed: seed)
        var flips = 0
        for round in 0..<ClockPropertyTests.count {
            var generator = try ClockGenerator(SplitMix64(seed: random.next()))
            let isExact = round % 3 == 0
            let profile = generator.profile()
            let text = isExact ? generator.exactTest() : generator.expression(Int.random(in: 0...3, using: &random))
            let fixture = try ClockFixture(text, of: profile, zone: generator.zone)
            if let fault = walk(fixture, &generator, isExact: isExact, flips: &flips) {
                Issue.record("seed \(seed), round \(round): \(text) of \(profile) in \(generator.zone.name): \(fault)")
                return
            }
        }
        print("clock: \(flips) changes")
        #expect(flips > ClockPropertyTests.count / 2)
    }

    /// What is wrong on the way from one change to the next; nil when all is well.
    private func walk(
        _ fixture: ClockFixture,
        _ generator: inout ClockGenerator,
        isExact: Bool,
        flips: inout Int
    ) -> String? {
        let span = 50 * Timestamp.dayMilliseconds
        let start = generator.middle - Int64.random(in: 0...span, using: &generator.random)
        let end = generator.middle + span
        var candidates = generator.candidates(from: start, to: end, 40)[...]
        var now = Timestamp(milliseconds: start)
        var outcome = fixture.outcome(at: now)
        // Midnights in the walk, and what every time and test may add to them.
        for _ in 0..<1_000 {
            guard outcome.qualifies == fixture.qualifies(at: now) else {
                return "outcome and truth differ at \(now.rfc3339)"
            }
            let change = outcome.changesAt ?? Timestamp(milliseconds: .max)
            guard change > now else { return "\(now.milliseconds) is not before \(change.milliseconds)" }
            while let candidate = candidates.first.map(Timestamp.init(milliseconds:)), candidate < change {
                candidates.removeFirst()
                let between = fixture.outcome(at: candidate)
                guard between.qualifies == outcome.qualifies else {
                    return
                        "changes at \(candidate.milliseconds), told were \(now.milliseconds) and \(change.milliseconds)"
                }
                // An instant between may know better than an earlier one, never worse.
                guard between.changesAt ?? Timestamp(milliseconds: .max) >= change else {
                    return "at \(candidate.milliseconds) an earlier change is told than at \(now.milliseconds)"
                }
            }
            guard change.milliseconds < end else { return nil }
            guard fixture.qualifies(at: change.later(by: -1)) == outcome.qualifies else {
                return "changes before \(change.milliseconds)"
            }
            let next = fixture.outcome(at: change)
            if next.qualifies != outcome.qualifies {
                flips += 1
            } else if isExact {
                return "told a change at \(change.milliseconds) that is none"
            }
            while let candidate = candidates.first, candidate <= change.milliseconds { candidates.removeFirst() }
            now = change
            outcome = next
        }
        return "too many changes by \(now.rfc3339)"
    }
}
