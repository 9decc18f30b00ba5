@testable import ActivationCore

/// Makes random expressions that read the clock, profiles for them, and the instants at which they may change.
struct ClockGenerator {
    var random: SplitMix64
    let zone: TimeZoneRules
    /// The middle of the profile's times and of the walk.
    let middle: Int64
    private(set) var times: [Int64] = []

    /// Where clocks are changed, days are missing, months have other lengths and years begin.
    private static let places = [
        ("UTC", "2024-02-29T12:00Z"), ("UTC", "2026-12-31T22:00Z"), ("Europe/Berlin", "2026-03-29T00:30Z"),
        ("Europe/Berlin", "2026-10-25T00:30Z"), ("Europe/Berlin", "2024-02-29T12:00Z"),
        ("America/New_York", "2026-03-08T06:00Z"), ("America/New_York", "2026-11-01T05:30Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00Z"), ("America/Sao_Paulo", "2018-11-04T03:00Z"),
        ("America/Sao_Paulo", "2018-02-18T01:30Z"), ("Africa/Cairo", "2026-10-29T21:00Z"),
        ("America/St_Johns", "2007-11-04T02:45Z"), ("Pacific/Apia", "2012-03-31T14:00Z"),
        ("Asia/Kathmandu", "2026-02-28T18:00Z"), ("Asia/Beirut", "2026-03-28T22:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00Z"), ("Pacific/Kwajalein", "1993-08-21T12:00Z"),
        ("Pacific/Enderbury", "1994-12-31T11:00Z"), ("Pacific/Kiritimati", "1994-12-31T10:30Z"),
    ]

    init(_ random: SplitMix64) throws {
        self.random = random
        if self.random.oneIn(2) {
            zone = try ZoneinfoOracle.anyZone(&self.random)
            middle = ClockGenerator.instant(in: zone, &self.random)
        } else {
            let place = ClockGenerator.places[Int.random(in: 0..<ClockGenerator.places.count, using: &self.random)]
            zone = try ZoneinfoOracle.rules(place.0)
            middle = try ClockFixture.instant(place.1).milliseconds
        }
    }

    /// An instant from 1890 to 2100, mostly one near which the zone's clocks are changed.
    private static func instant(in zone: TimeZoneRules, _ random: inout SplitMix64) -> Int64 {
        let instant = Int64.random(in: -2_524_521_600_000..<4_102_444_800_000, using: &random)
        let (before, step) = (zone.offset(at: instant), 20 * Timestamp.dayMilliseconds)
        let later = (1...600).map { instant + $0 * step }
        guard !random.oneIn(4), var high = later.first(where: { zone.offset(at: $0) != before }) else { return instant }
        var low = high - step
        while high - low > 1 {
            let middle = (low + high) / 2
            if zone.offset(at: middle) == before { low = middle } else { high = middle }
        }
        return high
    }

    private mutating func pick<Element>(_ items: [Element]) -> Element {
        items[Int.random(in: 0..<items.count, using: &random)]
    }

    // MARK: Profiles

    private mutating func time() -> String {
        let spread: Int64 = pick([3_600_000, 86_400_000, 86_400_000 * 40])
        var instant = middle + Int64.random(in: -spread...spread, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        // Midnights and whole hours are where several changes meet.
        case 0: instant = zone.startOfDay(zone.day(of: instant))
        case 1: instant -= instant.remainder(dividingBy: 3_600_000)
        case 2:
            let day = zone.day(of: instant)
            times.append(zone.startOfDay(day))
            return PQLTime.text(of: PQLCalendar(zone: zone).value(ofDay: day))
        default: break
        }
        times.append(instant)
        return PQLTime.text(of: .timestamp(Timestamp(milliseconds: instant)))
    }

    mutating func profile() -> String {
        let events = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            var timestamp = time()
            while timestamp.utf8.count < 12 { timestamp = time() }
            return
                "{\"timestamp\": \"\(timestamp)\", \"kind\": \"\(pick(["x", "y"]))\", \"at\": \"\(time())\", \"n\": 1}"
        }
        let exit = Timestamp(milliseconds: middle + Int64.random(in: -40...0, using: &random) * 86_400_000)
        times.append(exit.milliseconds + Limits.exitedEntryMilliseconds)
        return """
            {"t": "\(time())", "u": "\(time())", "born": "1991-0\(Int.random(in: 1...9, using: &random))-07", "n": 3,
             "times": ["\(time())", "\(time())", null, 7, "\(time())"], "o": {"at": "\(time())"},
             "segmentMembership": {"ups": {"m": {"status": "exited", "lastQualificationTime": "\(exit.rfc3339)"}}},
             "xEvent": [\(events.joined(separator: ", "))]}
            """
    }

    // MARK: Expressions

    private mutating func word() -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: "now"
        case 3..<6: pick(["today", "yesterday", "tomorrow"])
        case 6: pick(["t", "u", "o.at", "date(2026, 3, 29)", "\"2024-03-01\"", "\"2026-03-29T01:30:00Z\""])
        default:
            "\(pick(["this", "last", "next"])) \(pick(["minute", "hour", "day", "week", "month", "year", "decade"]))"
        }
    }

    mutating func tail() -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "\(pick(["on ", ""]))\(word())"
        case 1: return "\(pick(["before", "after", "from"])) \(word())"
        case 2: return "between \(word()) and \(word())"
        default:
            let comparison = pick(["<", "<=", ">", ">=", "=", "!=", ""])
            let amount = Int.random(in: 0...4, using: &random)
            let unit = pick(["minutes", "hours", "days", "weeks", "months", "years"])
            return "\(comparison) \(amount) \(unit) \(pick(["before", "after", "from"])) \(word())"
        }
    }

    /// One test of one time, whose next change is exact.
    mutating func exactTest() -> String {
        if Int.random(in: 0..<5, using: &random) == 0 {
            let comparison = pick(["=", "!=", "<", "<=", ">", ">="])
            let word = pick(["now", "today", "yesterday", "tomorrow"])
            return Bool.random(using: &random) ? "\(word) \(comparison) t" : "u \(comparison) \(word)"
        }
        return "\(pick(["t", "u", "o.at", "missing", "n"])) occurs \(tail())"
    }

    mutating func expression(_ depth: Int) -> String {
        if depth == 0 { return test("t") }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<2: return "(\(expression(depth - 1)) and \(expression(depth - 1)))"
        case 2..<4: return "(\(expression(depth - 1)) or \(expression(depth - 1)))"
        case 4: return "not (\(expression(depth - 1)))"
        case 5: return "if(\(expression(depth - 1)), \(expression(depth - 1)), \(expression(depth - 1)))"
        case 6:
            return
                "xEvent[\(test("timestamp")) and \(test("at"))].count() \(pick(["=", ">", "<"])) \(Int.random(in: 0...2, using: &random))"
        case 7: return "exists E from xEvent where (E.kind = \"x\" and \(test("E.timestamp")))"
        case 8: return "forall E from xEvent where (\(test("E.at")) or \(test("E.timestamp")))"
        case 9: return "(sum E.n over E from xEvent where (\(test("E.timestamp")))) > 1"
        case 10, 11: return chain()
        case 12:
            return
                "(let T = \(pick(["now", "today", "tomorrow", "t"])) in (u occurs < 2 days before T or \(expression(depth - 1)) or T > u))"
        case 13: return "segmentMembership.ups.keys().count() > 0 and \(expression(depth - 1))"
        case 14: return "xEvent.\(pick(["exists", "forall"]))(\(test("timestamp")))"
        default: return test(pick(["t", "u", "times", "o.at", "xEvent.at", "xEvent.timestamp.max()", "now"]))
        }
    }

    private mutating func test(_ path: String) -> String {
        if path == "now" { return "now occurs \(pick(["on", "before", "after"])) \(word())" }
        switch Int.random(in: 0..<9, using: &random) {
        case 0:
            let word = pick(["now", "today", "yesterday", "tomorrow"])
            return "\(path) \(pick(["=", "!=", "<", "<=", ">", ">="])) \(word)"
        case 1: return "\(path) in [\(pick(["today", "yesterday"])), tomorrow]"
        case 2:
            let moves = pick([
                "currentMonth()", "currentYear()", "now.getDayOfMonth()", "tomorrow.getMonth()", "yesterday.getYear()",
            ])
            return
                "\(moves) \(pick(["=", "<", ">"])) \(pick(["3", "2026", "29", "born.getMonth()", "\(path).getYear()"]))"
        default: return "\(path) occurs \(tail())"
        }
    }

    private mutating func chain() -> String {
        let steps = (0..<Int.random(in: 1...3, using: &random)).map { index in
            var step =
                "\(random.oneIn(6) ? "not " : "")S\(index): WHAT(\(Bool.random(using: &random) ? "kind = \"x\"" : test("timestamp")))"
            if Bool.random(using: &random) {
                step += " WHEN(\(index > 0 && random.oneIn(3) ? "< 9 days after S0" : tail()))"
            }
            if random.oneIn(3) { step += " WHERE(\(test("S\(index).at")))" }
            if random.oneIn(3) { step += " COUNT(\(pick(["1", "2", "<= 1", "= 0", "between 1 and 2"])))" }
            return step
        }
        return "CHAIN(xEvent, timestamp, [\(steps.joined(separator: ", "))])"
    }

    // MARK: Instants

    /// Instants at which something may change, from one on: the times, moved by every distance, midnights, hours.
    mutating func candidates(from start: Int64, to end: Int64, _ count: Int) -> [Int64] {
        let calendar = PQLCalendar(zone: zone)
        var found: Set<Int64> = []
        for _ in 0..<count * 2 {
            var instant = times.isEmpty ? middle : pick(times)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let unit = pick([PQLUnit.minute, .hour, .day, .week, .month, .year])
                if Bool.random(using: &random) {
                    instant = calendar.add(Int64.random(in: -4...4, using: &random), unit, to: instant)
                } else {
                    let index = calendar.index(of: unit, around: instant)
                    instant = calendar.start(of: unit, at: index + Int64.random(in: -1...2, using: &random))
                }
            }
            for place in instant - 1...instant + 1 where start < place && place < end { found.insert(place) }
            found.insert(Int64.random(in: start..<end, using: &random))
        }
        var instants = Array(found)
        instants.shuffle(using: &random)
        return instants.prefix(count).sorted()
    }
}
