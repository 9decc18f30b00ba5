import Testing

@testable import ActivationCore

/// Every form of a test of time, with every word of the clock, against ``PlainClock``.
struct ClockMatrixTests {
    private struct Form {
        var text: String
        var holds: (Int64) -> Bool
    }

    /// Around a day on which most of the zones below set their clocks forward.
    private static let span = 430 * Timestamp.dayMilliseconds
    private static let t = "2026-03-08T12:20:00.500Z"

    @Test(arguments: ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
    func `every form changes at exactly the instants of its definition and tells each beforehand`(zone: String) throws {
        let rules = try ZoneinfoOracle.rules(zone)
        let t = try ClockFixture.instant(ClockMatrixTests.t).milliseconds
        let clock = PlainClock(zone: zone)
        var count = 0
        for (index, form) in ClockMatrixTests.forms(t, clock).enumerated() {
            let expected = PlainClock.changes(
                of: form.holds,
                from: t - ClockMatrixTests.span,
                to: t + ClockMatrixTests.span,
                near: (-6...6).map { t + $0 * 3_600_000 }
            )
            for text in ClockMatrixTests.wrapped(form.text, index) {
                try check(text, expected, t, rules, isNegated: text.hasPrefix("not"))
                count += 1
            }
        }
        print("\(count) forms in \(zone)")
        #expect(count > 900)
    }

    private func check(
        _ text: String,
        _ expected: (before: Bool, instants: [Int64]),
        _ t: Int64,
        _ zone: TimeZoneRules,
        isNegated: Bool
    ) throws {
        let profile = """
            {"t": "\(ClockMatrixTests.t)", "xEvent": [{"timestamp": "\(ClockMatrixTests.t)", "kind": "x"}]}
            """
        let fixture = try ClockFixture(text, of: profile, zone: zone)
        var now = Timestamp(milliseconds: t - ClockMatrixTests.span)
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
            outcome.changesAt.map { $0.milliseconds > t + ClockMatrixTests.span } ?? true,
            "\(text) in \(zone.name) has no more"
        )
    }

    // MARK: Forms

    private static func forms(_ t: Int64, _ clock: PlainClock) -> [Form] {
        var forms: [Form] = []
        func add(_ tail: String, _ meaning: PlainClock.Tail) {
            forms.append(Form(text: "t occurs \(tail)") { clock.holds(meaning, of: t, at: $0) })
        }
        let day = clock.start(of: .day, t)
        let still = PlainClock.Word(text: "date(2026, 3, 8)", still: day..<clock.add(1, .day, to: day))
        for word in PlainClock.words {
            add("on \(word.text)", .on(word))
            add(word.text, .on(word))
            add("before \(word.text)", .before(word))
            add("after \(word.text)", .after(word))
            add("from \(word.text)", .after(word))
            add("between \(word.text) and \(still.text)", .between(word, still))
            add("between \(still.text) and \(word.text)", .between(still, word))
            add("between \(word.text) and now", .between(word, PlainClock.words[0]))
            add("between yesterday and \(word.text)", .between(PlainClock.words[2], word))
        }
        let distant = ["now", "today", "yesterday", "tomorrow", "this week", "last month", "next day", "next hour"]
        for word in PlainClock.words where distant.contains(word.text) {
            for comparison in [PQLComparison.less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual] {
                for (amount, unit) in [(3, PQLUnit.hour), (2, .day), (1, .month)] {
                    for direction in ["before", "after", "from"] {
                        add(
                            "\(comparison.rawValue) \(amount) \(unit.rawValue)s \(direction) \(word.text)",
                            .distance(comparison, amount, unit, isBefore: direction == "before", word)
                        )
                    }
                }
            }
        }
        for word in PlainClock.words.prefix(4) {
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
