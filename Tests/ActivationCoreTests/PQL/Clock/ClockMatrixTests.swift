import Testing

@testable import ActivationCore

/// Every form of a test of time, with every word of the clock, against ``PlainClock``.
struct ClockMatrixTests {
    private struct Form {
        var text: String
        var holds: (Int64) -> Bool
    }

    /// Units of about the same length, with a time and the instants around it at which something of them changes.
    struct Scale: Sendable, CustomTestStringConvertible {
        var name: String
        var units: [PQLUnit]
        var distances: [(Int, PQLUnit)]
        var time: String
        /// The day of the time, written out.
        var date: String
        /// Lengths in milliseconds to the left and right of the time, each with the steps that are tried in it.
        var steps: [(before: Int64, after: Int64, step: Int64)]

        var testDescription: String { name }

        func samples(around t: Int64) -> [Int64] {
            var samples: Set<Int64> = []
            for (before, after, step) in steps {
                samples.formUnion(stride(from: t - before, through: t + after, by: Int(step)))
            }
            return samples.sorted()
        }
    }

    private static let minute: Int64 = 60_000
    private static let day = Timestamp.dayMilliseconds

    static let scales = [
        Scale(
            name: "milliseconds to minutes",
            units: [.millisecond, .second, .minute],
            distances: [(3, .millisecond), (2, .second), (5, .minute)],
            time: "2026-03-08T12:20:00.500Z",
            date: "date(2026, 3, 8)",
            steps: [(9_000, 9_000, 100), (30, 30, 1), (2_100, 2_100, 1), (100 * minute, 100 * minute, minute)]
        ),
        // Around a day on which most of the zones below set their clocks forward.
        Scale(
            name: "hours to years",
            units: [.hour, .day, .week, .month, .year, .decade],
            distances: [(3, .hour), (2, .day), (1, .week), (1, .month), (1, .year)],
            time: "2026-03-08T12:20:00.500Z",
            date: "date(2026, 3, 8)",
            steps: [
                (1, 1, 1), (6 * 60 * minute, 6 * 60 * minute, 60 * minute), (75 * day, 75 * day, day),
                (430 * day, 430 * day, 10 * day),
            ]
        ),
        // A leap day in the first year of a decade, a century and a millennium.
        Scale(
            name: "decades to millennia",
            units: [.decade, .century, .millennium],
            distances: [(2, .decade), (1, .century), (1, .millennium)],
            time: "2000-02-29T12:20:00.500Z",
            date: "date(2000, 2, 29)",
            steps: [
                (1, 1, 1), (6 * 60 * minute, 6 * 60 * minute, 60 * minute), (75 * day, 75 * day, day),
                (105 * 365 * day, 1_105 * 365 * day, 700 * day),
            ]
        ),
    ]

    /// Zones differ in days and what is made of them.
    private static let cases: [(zone: String, scale: Scale)] =
        [("UTC", scales[0]), ("Asia/Kathmandu", scales[0])]
        + ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"].map { ($0, scales[1]) }
        + [("UTC", scales[2]), ("Europe/Berlin", scales[2])]

    @Test(arguments: cases)
    func `every form changes at exactly the instants of its definition and tells each beforehand`(
        zone: String,
        scale: Scale
    ) throws {
        let rules = try ZoneinfoOracle.rules(zone)
        let t = try ClockFixture.instant(scale.time).milliseconds
        let clock = PlainClock(zone: zone)
        let samples = scale.samples(around: t)
        let span = try #require(samples.first)...(try #require(samples.last))
        var (count, flips) = (0, 0)
        for (index, form) in ClockMatrixTests.forms(t, scale, clock).enumerated() {
            let expected = PlainClock.changes(of: form.holds, from: span.lowerBound, at: samples)
            for text in ClockMatrixTests.wrapped(form.text, index) {
                try check(text, expected, scale.time, span, rules)
                count += 1
                flips += expected.instants.count
            }
        }
        print("\(count) forms of \(scale.name) in \(zone), \(flips) changes")
        #expect(count > 700)
        #expect(flips > 700)
    }

    private func check(
        _ text: String,
        _ expected: (before: Bool, instants: [Int64]),
        _ time: String,
        _ span: ClosedRange<Int64>,
        _ zone: TimeZoneRules
    ) throws {
        let isNegated = text.hasPrefix("not")
        let profile = """
            {"t": "\(time)", "xEvent": [{"timestamp": "\(time)", "kind": "x"}]}
            """
        let fixture = try ClockFixture(text, of: profile, zone: zone)
        var now = Timestamp(milliseconds: span.lowerBound)
        var current = expected.before != isNegated
        var outcome = fixture.outcome(at: now)
        #expect(outcome.qualifies == current, "\(text) in \(zone.name) at \(now.rfc3339)")
        for instant in expected.instants {
            let change = Timestamp(milliseconds: instant)
            #expect(outcome.changesAt == change, "\(text) in \(zone.name) after \(now.rfc3339)")
            #expect(fixture.outcome(at: change.later(by: -1)) == PQLOutcome(qualifies: current, changesAt: change))
            now = change
            current.toggle()
            outcome = fixture.outcome(at: now)
            #expect(outcome.qualifies == current, "\(text) in \(zone.name) at \(change.rfc3339)")
            let after = fixture.outcome(at: change.later(by: 1))
            // A time that holds for one millisecond ends at once.
            #expect(
                after.qualifies == current || outcome.changesAt == change.later(by: 1),
                "\(text) after \(change.rfc3339)"
            )
        }
        #expect(
            outcome.changesAt.map { $0.milliseconds > span.upperBound } ?? true,
            "\(text) in \(zone.name) has no more"
        )
    }

    // MARK: Forms

    private static func forms(_ t: Int64, _ scale: Scale, _ clock: PlainClock) -> [Form] {
        var forms: [Form] = []
        func add(_ tail: String, _ meaning: PlainClock.Tail) {
            forms.append(Form(text: "t occurs \(tail)") { clock.holds(meaning, of: t, at: $0) })
        }
        let day = clock.start(of: .day, t)
        let still = PlainClock.Word(text: scale.date, still: day..<clock.add(1, .day, to: day))
        let words = PlainClock.words(scale.units)
        for word in words {
            add("on \(word.text)", .on(word))
            add(word.text, .on(word))
            add("before \(word.text)", .before(word))
            add("after \(word.text)", .after(word))
            add("from \(word.text)", .after(word))
            add("between \(word.text) and \(still.text)", .between(word, still))
            add("between \(still.text) and \(word.text)", .between(still, word))
            add("between \(word.text) and now", .between(word, words[0]))
            add("between yesterday and \(word.text)", .between(words[2], word))
        }
        let distant =
            PlainClock.single + PlainClock.words([scale.units[0]]).dropFirst(PlainClock.single.count)
            + words.filter { ["this week", "last month", "next day"].contains($0.text) }
        for word in distant {
            for comparison in [PQLComparison.less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual] {
                for (amount, unit) in scale.distances {
                    for direction in ["before", "after", "from"] {
                        add(
                            "\(comparison.rawValue) \(amount) \(PlainClock.plural(unit)) \(direction) \(word.text)",
                            .distance(comparison, amount, unit, isBefore: direction == "before", word)
                        )
                    }
                }
            }
        }
        for word in PlainClock.single {
            for comparison in [PQLComparison.less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual] {
                // The left side is the event's, so that `t = today` is true of midnight alone.
                func holds(_ now: Int64) -> Bool { PQLOrder(t, clock.start(word, at: now)).satisfies(comparison) }
                forms.append(Form(text: "t \(comparison.rawValue) \(word.text)", holds: holds))
                forms.append(Form(text: "\(word.text) \(comparison.mirrored.rawValue) t", holds: holds))
            }
        }
        return forms
    }

    /// A test alone and in one of the places where it can stand.
    private static func wrapped(_ text: String, _ index: Int) -> [String] {
        let event = text.replacing("t occurs", with: "timestamp occurs")
        let places = [
            "not (\(text))",
            "xEvent[kind = \"x\" and \(event)].count() = 1",
            "exists E from xEvent where E.\(event)",
            "not (forall E from xEvent where not (E.\(event)))",
            "xEvent.exists(\(event))",
            "(count E over E from xEvent where E.\(event)) > 0",
            "if(\(text), true, false)",
            "select E from xEvent where E.\(event)",
            "not CHAIN(xEvent, timestamp, [not A: WHAT(\(event))])",
            "let T = now in (\(text.replacing("now", with: "T")))",
            "CHAIN(xEvent, timestamp, [A: WHAT(kind = \"x\") WHEN(\(text.dropFirst("t occurs ".count)))])",
        ]
        guard text.hasPrefix("t occurs") else { return [text, places[index % 2 == 0 ? 0 : 6]] }
        let place = places[index % places.count]
        // Only the first and the doubly negated ones begin with "not"; the latter mean the test itself.
        return place.hasPrefix("not (forall") || place.hasPrefix("not CHAIN") ? [text, "(\(place))"] : [text, place]
    }
}
