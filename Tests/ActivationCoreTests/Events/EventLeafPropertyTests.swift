import Testing

@testable import ActivationCore

#if canImport(Glibc)
import Glibc
#endif

/// One profile whose leaves are kept, beside all of its events.
private struct LeafWorld {
    var expressions: [EventExpression]
    var states: [[EventLeafState]]
    var events: [ProfileEvent] = []
    var now: Int64
    /// What leaves said last.
    var readings: [[EventReading]] = []
    var values: [String] = []
    init(_ expressions: [EventExpression], now: Int64) {
        self.expressions = expressions
        self.now = now
        let start = Timestamp(milliseconds: now)
        states = expressions.map { $0.program.eventLeaves.map { $0.empty(at: start) } }
    }

    /// What a storage gives for these ranges: no event more.
    private func read(_ ranges: [EventRange], without skipped: ProfileEvent? = nil) -> [ProfileEvent] {
        let known = events.filter { $0.id != skipped?.id }
        var wanted: Set<String> = []
        for range in ranges {
            wanted.formUnion(known.filter { range.from <= $0.timestamp && $0.timestamp <= range.through }.map(\.id))
            if range.includesNext, let next = known.first(where: { $0.timestamp > range.through }) {
                wanted.insert(next.id)
            }
        }
        return known.filter { wanted.contains($0.id) }
    }

    /// Brings every state up to now.
    mutating func settle(without skipped: ProfileEvent? = nil) {
        let instant = Timestamp(milliseconds: now)
        readings = []
        for index in expressions.indices {
            var row: [EventReading] = []
            for (position, leaf) in expressions[index].program.eventLeaves.enumerated() {
                var rounds = 0
                while true {
                    let ranges = leaf.ranges(of: states[index][position], at: instant)
                    let read = ranges.isEmpty ? [] : read(ranges, without: skipped)
                    if let reading = leaf.update(&states[index][position], at: instant, with: read) {
                        row.append(reading)
                        break
                    }
                    rounds += 1
                    precondition(rounds < 3, "\(leaf.key) cannot be told")
                }
            }
            readings.append(row)
        }
    }

    mutating func add(_ event: ProfileEvent) {
        guard !events.contains(where: { $0.id == event.id }) else { return }
        settle()
        events.insert(event, at: events.firstIndex { event.comesBefore($0) } ?? events.count)
        for index in expressions.indices {
            for (position, leaf) in expressions[index].program.eventLeaves.enumerated() {
                let before = states[index][position]
                leaf.add(event, to: &states[index][position], at: Timestamp(milliseconds: now))
                checkBlank(before, states[index][position], leaf) { state in
                    leaf.add(event, to: &state, at: Timestamp(milliseconds: now))
                }
            }
        }
    }

    mutating func remove(at place: Int) {
        guard events.indices.contains(place) else { return }
        settle()
        let event = events.remove(at: place)
        for index in expressions.indices {
            for (position, leaf) in expressions[index].program.eventLeaves.enumerated() {
                let before = states[index][position]
                let instant = Timestamp(milliseconds: now)
                leaf.remove(event, from: &states[index][position], at: instant, isOldest: place == 0)
                checkBlank(before, states[index][position], leaf) { state in
                    leaf.remove(event, from: &state, at: instant, isOldest: place == 0)
                }
            }
        }
    }

    /// Checks that a state that need not be stored becomes the same as one that is made anew in its place.
    private func checkBlank(
        _ before: EventLeafState,
        _ after: EventLeafState,
        _ leaf: EventLeaf,
        _ tell: (inout EventLeafState) -> Void
    ) {
        guard before.isBlank else { return }
        var anew = leaf.empty(at: Timestamp(milliseconds: now))
        #expect(anew.isBlank, "\(leaf.key)")
        tell(&anew)
        #expect(anew.isBlank == after.isBlank, "\(leaf.key)")
        if !after.isBlank { #expect(anew.encoded == after.encoded, "\(leaf.key)") }
    }

    /// Takes over the events of another profile.
    mutating func merge(_ others: [ProfileEvent]) {
        for event in others where !events.contains(where: { $0.id == event.id }) {
            events.insert(event, at: events.firstIndex { event.comesBefore($0) } ?? events.count)
        }
        for index in states.indices { states[index] = states[index].map { _ in .unknown } }
    }

    /// Stores and loads every state.
    mutating func restart() throws {
        for index in expressions.indices {
            for (position, leaf) in expressions[index].program.eventLeaves.enumerated() {
                let bytes = states[index][position].encoded
                states[index][position] = try EventLeafState(decoding: bytes, of: leaf)
                #expect(states[index][position].encoded == bytes)
                if states[index][position].isBlank {
                    states[index][position] = leaf.empty(at: Timestamp(milliseconds: now))
                }
                let bound = LeafWorld.bytesMax(leaf.measure)
                #expect(bytes.count <= bound, "\(leaf.key): \(bytes.count) bytes")
            }
        }
    }

    private static func bytesMax(_ measure: EventMeasure) -> Int {
        switch measure {
        case .count: 64
        case .sum, .average: 64 + 4 * PQLSum.digitCount
        case .atLeast(let least): 64 + 16 * Int(least)
        case .min, .max: 64 + (Limits.eventCandidateBytesMax + 16) * Limits.eventCandidatesMax
        }
    }

    /// The earliest instant at which a value may change by the clock alone.
    var nextChange: Int64? { readings.joined().compactMap { $0.changesAt?.milliseconds }.min() }

    /// Compares everything with an evaluation from scratch.
    mutating func check(_ context: String) {
        settle()
        let instant = Timestamp(milliseconds: now)
        values = []
        for (index, expression) in expressions.enumerated() {
            var said = EventReadings()
            for (leaf, reading) in zip(expression.program.eventLeaves, readings[index]) { said[leaf] = reading }
            let value = expression.value(from: said, at: instant)
            let plain = expression.plainValue(of: events, at: instant)
            #expect(value == plain, "\(expression.text) at \(instant.rfc3339) after \(context)")
            values.append(value)
            let change = expression.outcome(from: said, at: instant).changesAt
            let earliest = readings[index].compactMap(\.changesAt).min()
            // A program of one leaf that reads the clock tells that leaf's change.
            if readings[index].count == 1, expression.program.readsClock { #expect(change == earliest) }
        }
    }

    /// Checks that nothing changes before the told instants.
    func checkStillness(until end: Int64, _ random: inout SplitMix64, _ context: String) {
        for (index, expression) in expressions.enumerated() {
            let told = readings[index].compactMap { $0.changesAt?.milliseconds }.min() ?? .max
            let last = min(told, end) - 1
            guard last > now else { continue }
            for instant in [last, Int64.random(in: now...last, using: &random)] {
                let plain = expression.plainValue(of: events, at: Timestamp(milliseconds: instant))
                #expect(
                    plain == values[index],
                    "\(expression.text) from \(Timestamp(milliseconds: now).rfc3339), \(instant - now) ms later, \(context)"
                )
            }
        }
    }
}

@Suite struct EventLeafPropertyTests {
    private static let filters = [
        "", #"kind = "buy""#, "amount > 2", "amount.isNotNull()", #"not (kind = "view")"#, "lines[qty > 1]",
        #"lines.qty > 2"#, #"kind.startsWith("b", false) or amount < 0"#, #"kind = "buy" and lines.exists(qty = 1)"#,
        #"(exists L from lines where L.qty > min)"#, #"lines[qty > ^amount]"#,
        "timestamp occurs after date(2026, 1, 25)",
        "amount in [1, 2, 3]", "lines.sum(qty) > 3", #"(count L over L from lines where L.qty > 1) > 1"#,
        "timestamp.getDayOfMonth() > 15",
    ]

    private static let windows = [
        "< 24 hours before now", "<= 3 hours before now", "> 2 days before now", ">= 1 day before now",
        "= 3 days before today", "= 2 hours before now", "today", "yesterday", "tomorrow", "this week", "last month",
        "next month", "this hour", "before now", "after now", "before today", "after yesterday",
        "between yesterday and now", "between date(2026, 1, 28) and now", "between now and next week",
        "< 1 month before now", "<= 2 months before now", "= 1 month before now", "< 2 days after now",
        "> 1 day after now", ">= 1 day after now", "<= 12 hours after now", "< 7 days before today",
        "< 3 days before this month", "from last week", "after last week", "before next day", "< 1 year before now",
        "on this minute", "= 1 week before this week", "< 5 seconds before now", "< 0 days before now",
        "= 0 days before now",
        "> 1 month before tomorrow", "< 30 days before date(2026, 2, 10)",
    ]

    /// A window of any form, with any word and unit.
    private static func window(_ random: inout SplitMix64) -> String {
        func pick(_ values: [String]) -> String { values.randomElement(using: &random) ?? "" }
        func word() -> String {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: pick(["now", "now", "date(2026, 1, 28)", "\"2024-02-29T01:30:00Z\""])
            case 1: pick(["today", "yesterday", "tomorrow"])
            default: "\(pick(["this", "last", "next"])) \(pick(PQLUnit.allCases.map(\.rawValue)))"
            }
        }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return "\(pick(["on ", ""]))\(word())"
        case 1: return "\(pick(["before", "after", "from"])) \(word())"
        case 2: return "between \(word()) and \(word())"
        default:
            let unit = PlainClock.plural(PQLUnit.allCases.randomElement(using: &random) ?? .day)
            let amount = Int.random(in: 0...9, using: &random)
            return
                "\(pick(["<", "<=", ">", ">=", "=", ""])) \(amount) \(unit) \(pick(["before", "after", "from"])) \(word())"
        }
    }

    private static func filter(_ random: inout SplitMix64, windowed: Bool) -> String {
        var parts: [String] = []
        if !random.oneIn(3), let filter = filters.randomElement(using: &random), !filter.isEmpty {
            parts.append(filter)
        }
        if windowed {
            for _ in 0..<(random.oneIn(4) ? 2 : 1) {
                parts.append(
                    "timestamp occurs \(random.oneIn(2) ? window(&random) : windows.randomElement(using: &random) ?? "")"
                )
            }
        }
        return parts.shuffled(using: &random).map { "(\($0))" }.joined(separator: " and ")
    }

    /// A random question about events.
    private static func question(_ random: inout SplitMix64, windowed: Bool) -> String {
        let filter = filter(&random, windowed: windowed)
        let events = filter.isEmpty ? "xEvent" : "xEvent[\(filter)]"
        let value =
            ["amount", "amount", "amount * 2", "name", "lines.qty", "lines.sum(qty)", "mixed"]
            .randomElement(using: &random) ?? ""
        let number = Int.random(in: 0...6, using: &random)
        let comparison = [">", ">=", "<", "<=", "=", "!="].randomElement(using: &random) ?? ""
        let aggregate = ["sum", "average", "min", "max", "min", "max"].randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return "\(events).count()"
        case 1, 2, 3: return "\(events).count() \(comparison) \(number)"
        case 4: return "not \(events)"
        case 5: return "CHAIN(\(events), timestamp, [A: WHAT(amount != 1) COUNT(\(comparison) \(number))])"
        case 6: return "forall E from \(events) where E.amount > 1"
        case 7: return "\(events).lines.qty.\(aggregate)()"
        case 8: return "\(events).lines[qty > 1].count() \(comparison) \(number)"
        case 9: return "\(aggregate) L.qty over E from \(events) where E.amount != 2, L from E.lines where L.qty != 2"
        default: return "\(events).\(aggregate)(\(value))"
        }
    }

    /// Zones whose clocks are changed, at midnight, around it, by half an hour, by a day.
    private static let zones = Result {
        try [
            "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia",
            "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Kiritimati", "Asia/Beirut", "Africa/Cairo",
        ].map(ZoneinfoOracle.rules)
    }

    /// A day shortly before months end, a leap day comes or clocks are changed.
    private static func start(_ random: inout SplitMix64) throws -> Int64 {
        let days = [
            "2026-01-20", "2026-03-27", "2026-10-23", "2024-02-27", "2018-11-02", "2007-11-02", "2011-12-27",
            "2026-02-14", "1994-12-28",
        ]
        let day = try #require(days.randomElement(using: &random))
        return try #require(Timestamp(date: day)).milliseconds + 15 * 3_600_000
    }

    /// A random event.
    private static func event(_ random: inout SplitMix64, at instant: Int64, isOdd: Bool) throws -> ProfileEvent {
        func pick(_ values: [String]) -> String { values.randomElement(using: &random) ?? "" }
        var members = [#""kind":"\#(pick(["buy", "view", "Buying"]))""#]
        if !random.oneIn(5) {
            let odd = [
                "1e300", "-1e300", "1e-300", "0.1", "-0.0", "3.0", #""text""#, "9223372036854775807", "[1,2]", "null",
            ]
            let plain = ["0", "1", "2", "3", "4", "5", "6", "-7", "12.25", "0.5"]
            members.append(#""amount":\#(pick(isOdd && random.oneIn(4) ? odd : plain))"#)
        }
        if random.oneIn(2) {
            members.append(
                #""name":"\#(pick(["a", "b", "ab", "ä", isOdd ? String(repeating: "x", count: 300) : "c"]))""#
            )
        }
        if random.oneIn(2) { members.append(#""mixed":\#(pick(["1", "2", "2.0", #""two""#, "true", "[3]"]))"#) }
        if random.oneIn(2) {
            let lines = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                #"{"qty":\#(Int.random(in: 0...4, using: &random)),"min":2}"#
            }
            members.append(#""lines":[\#(lines.joined(separator: ","))],"min":1"#)
        }
        let id = "e\(Int.random(in: 0..<400, using: &random))"
        return try ProfileEvent.of(id, at: instant, members.joined(separator: ","))
    }

    /// A random distance, mostly one at which something happens.
    private static func distance(_ random: inout SplitMix64) -> Int64 {
        let day: Int64 = 86_400_000
        let hour: Int64 = 3_600_000
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return Int64.random(in: 0...3, using: &random)
        case 1: return Int64.random(in: 0...5, using: &random) * hour
        case 2: return Int64.random(in: 0...3, using: &random) * day
        case 3: return Int64.random(in: 0...40, using: &random) * day
        case 4: return Int64.random(in: 0...(3 * day), using: &random)
        case 5: return Int64.random(in: 0...10_000, using: &random)
        default: return Int64.random(in: 0...hour, using: &random)
        }
    }

    /// 9990-01-01.
    private static let lastInstant: Int64 = 253_086_768_000_000

    private static var rounds: Int {
        getenv("HEADWATER_LEAF_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 12
    }

    private static func run(_ seed: UInt64, steps: Int) throws {
        var random = SplitMix64(seed: seed)
        let isOdd = random.oneIn(2)
        let zone = random.oneIn(2) ? TimeZoneRules.utc : try zones.get().randomElement(using: &random) ?? .utc
        let expressions = try (0..<6).map { index in
            try EventExpression(question(&random, windowed: index % 3 != 0), zone: zone)
        }
        for expression in expressions {
            #expect(!expression.program.eventLeaves.isEmpty, "\(expression.text) is no leaf")
            #expect(expression.program.plan.kind == .incremental, "\(expression.text)")
        }
        var world = LeafWorld(expressions, now: try start(&random))
        world.check("start")
        for step in 0..<steps {
            let context = "step \(step), seed \(seed), \(zone.name)"
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: world.add(try event(&random, at: world.now, isOdd: isOdd))
            case 8, 9: world.add(try event(&random, at: world.now - distance(&random), isOdd: isOdd))
            case 10: world.add(try event(&random, at: world.now + distance(&random), isOdd: isOdd))
            case 11: world.remove(at: 0)
            case 12, 13: world.remove(at: Int.random(in: 0...world.events.count, using: &random))
            case 14:
                if random.oneIn(4) {
                    world.merge(
                        try (0..<4).map { _ in
                            try event(&random, at: world.now - distance(&random) + distance(&random), isOdd: isOdd)
                        }
                    )
                }
            case 15: try world.restart()
            default:
                let next = world.nextChange ?? world.now + distance(&random)
                let target =
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: next
                    case 1: max(world.now, next - 1)
                    case 2: next + distance(&random)
                    default: world.now + distance(&random)
                    }
                // Windows of millennia end in years that no clock shows.
                guard target < Self.lastInstant else { break }
                world.checkStillness(until: target, &random, context)
                world.now = target
            }
            // As at the cap of events per profile.
            while world.events.count > 40 { world.remove(at: 0) }
            world.check(context)
        }
    }

    @Test(arguments: 0..<rounds) func `what is kept equals an evaluation from scratch`(round: Int) throws {
        try Self.run(TestSeed.next(), steps: 120)
    }

    /// Lets the clock run until nothing changes any more.
    @Test(arguments: 0..<(rounds / 2)) func `the clock wakes no oftener than events come and go`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        for _ in 0..<10 {
            let zone = random.oneIn(2) ? TimeZoneRules.utc : try Self.zones.get().randomElement(using: &random) ?? .utc
            let expression = try EventExpression(Self.question(&random, windowed: true), zone: zone)
            var world = LeafWorld([expression], now: try Self.start(&random))
            for _ in 0..<20 {
                let place = Self.distance(&random) - Self.distance(&random)
                world.add(try Self.event(&random, at: world.now + place, isOdd: false))
            }
            world.check("seed \(seed), \(zone.name)")
            var wakes = 0
            while let next = world.nextChange {
                world.checkStillness(until: next, &random, "seed \(seed), \(zone.name)")
                #expect(next > world.now, "\(expression.text), seed \(seed)")
                world.now = next
                world.check("seed \(seed), \(zone.name)")
                wakes += 1
                guard wakes <= 20 * 4 + 4 else { break }
            }
            #expect(wakes <= 20 * 4 + 4, "\(expression.text), seed \(seed)")
        }
    }
}
