import Testing

@testable import ActivationCore

/// Time zones and their calendars against Python's zoneinfo, from 1900 to 2100.
struct TimeZoneOracleTests {
    private static let first = CivilDate(year: 1900, month: 1, day: 3)
    private static let last = CivilDate(year: 2100, month: 1, day: 1)
    private static let range: Range<Int64> = {
        let start = Int64(first?.daysSinceEpoch ?? 0) * Timestamp.dayMilliseconds
        return start..<Int64(last?.daysSinceEpoch ?? 0) * Timestamp.dayMilliseconds
    }()

    /// Random instants, and some around every change of a zone's clocks and every leap day.
    private static func instants(of zone: TimeZoneRules, _ random: inout SplitMix64) -> [Int64] {
        var instants = (0..<60).map { _ in Int64.random(in: range, using: &random) }
        for year in stride(from: 1904, to: 2100, by: 4) {
            let day = CivilDate(year: year, month: 2, day: 29)?.daysSinceEpoch ?? 0
            instants.append(Int64(day) * Timestamp.dayMilliseconds + Int64.random(in: 0..<86_400_000, using: &random))
        }
        var before = zone.offset(at: range.lowerBound)
        for day in stride(from: range.lowerBound, to: range.upperBound, by: Int(Timestamp.dayMilliseconds)) {
            let after = zone.offset(at: day)
            guard after != before else { continue }
            var (low, high) = (day - Timestamp.dayMilliseconds, day)
            while low < high - 1 {
                let middle = (low + high) / 2
                if zone.offset(at: middle) == before { low = middle } else { high = middle }
            }
            instants += [high - 1, high]
            instants += (0..<3).map { _ in high + Int64.random(in: -90_000_000...90_000_000, using: &random) }
            before = after
        }
        return instants
    }

    @Test func `any zone's clocks and calendar are those of zoneinfo`() throws {
        var random = TestSeed.generator()
        for _ in 0..<8 {
            try check(ZoneinfoOracle.anyZone(&random).name, &random)
        }
    }

    @Test(arguments: ZoneinfoOracle.zones)
    func `a zone's clocks and calendar are those of zoneinfo`(name: String) throws {
        var random = TestSeed.generator()
        try check(name, &random)
    }

    private func check(_ name: String, _ random: inout SplitMix64) throws {
        let zone = try ZoneinfoOracle.rules(name)
        let calendar = PQLCalendar(zone: zone)
        var questions: [String] = []
        var found: [Int64] = []
        for instant in TimeZoneOracleTests.instants(of: zone, &random) {
            questions.append("offset \(name) \(instant)")
            found.append(zone.offset(at: instant))
            let local = instant + zone.offset(at: instant)
            questions.append("instant \(name) \(local)")
            found.append(zone.instant(ofLocal: local))
            let skipped = local + Int64.random(in: -7_200_000...7_200_000, using: &random)
            questions.append("instant \(name) \(skipped)")
            found.append(zone.instant(ofLocal: skipped))
            for unit in [PQLUnit.day, .week, .month, .year] {
                questions.append("start \(name) \(unit.rawValue) \(instant)")
                found.append(calendar.start(of: unit, at: calendar.index(of: unit, around: instant)))
            }
            for (unit, most) in [(PQLUnit.day, Int64(400)), (.month, 60), (.year, 50)] {
                var amount = Int64.random(in: -most...most, using: &random)
                if amount == 0 { amount = 1 }
                questions.append("add \(name) \(unit.rawValue) \(amount) \(instant)")
                found.append(calendar.add(amount, unit, to: instant))
            }
        }

        let expected = try ZoneinfoOracle.answers(to: questions)

        try #require(expected.count == questions.count)
        for (index, question) in questions.enumerated() where found[index] != expected[index] {
            Issue.record("\(question): found \(found[index]), zoneinfo says \(expected[index])")
            break
        }
    }
}
