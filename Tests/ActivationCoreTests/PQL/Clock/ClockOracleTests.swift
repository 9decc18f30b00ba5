import Testing

@testable import ActivationCore

/// When tests of one time change where clocks are set forward and back and in leap years, reckoned by Python's zoneinfo.
struct ClockOracleTests {
    /// A place on the time line: a question for zoneinfo and milliseconds after its answer.
    private struct Edge {
        var question: String
        var later: Int64 = 0
    }

    /// A test that is true from one place to another, once or once in a while; always before, or always after, without one.
    private struct Form {
        var text: String
        var start: Edge?
        var end: Edge?
    }

    static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo",
        "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu",
    ]

    @Test(arguments: zones)
    func `a test changes just when zoneinfo says, before, at and after`(name: String) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        let zone = try ZoneinfoOracle.rules(name)
        var forms: [(t: Int64, form: Form)] = []
        for t in Self.times(of: zone, &random) { forms += Self.forms(t, name).map { (t, $0) } }
        var questions: [String] = []
        for (_, form) in forms { questions += [form.start, form.end].compactMap { $0?.question } }
        let answers = try ZoneinfoOracle.answers(to: questions)
        try #require(answers.count == questions.count)
        var next = answers.makeIterator()
        func place(_ edge: Edge?) -> Timestamp? {
            guard let edge, let answer = next.next() else { return nil }
            return Timestamp(milliseconds: answer + edge.later)
        }

        for (t, form) in forms {
            let (start, end) = (place(form.start), place(form.end))
            let time = PQLTime.text(of: .timestamp(Timestamp(milliseconds: t)))
            let fixture = try ClockFixture(form.text, of: "{\"t\": \"\(time)\"}", zone: zone)
            guard let fault = fault(of: fixture, from: start, until: end) else { continue }
            Issue.record("\(form.text) with \(time) in \(name), seed \(seed): \(fault)")
            return
        }
        print("\(forms.count) forms in \(name)")
        #expect(forms.count > 800)
    }

    /// What is wrong around the two places; nil when all is well.
    private func fault(of fixture: ClockFixture, from start: Timestamp?, until end: Timestamp?) -> String? {
        if let start, start == end {
            // In a day that is missing.
            return fixture.qualifies(at: start) ? "true at \(start.rfc3339)" : nil
        }
        if let start {
            let before = fixture.outcome(at: start.later(by: -1))
            if before != PQLOutcome(qualifies: false, changesAt: start) { return "before \(start.rfc3339): \(before)" }
            let then = fixture.outcome(at: start)
            if !then.qualifies || end != nil && then.changesAt != end { return "at \(start.rfc3339): \(then)" }
            if start.later(by: 1) != end, !fixture.qualifies(at: start.later(by: 1)) {
                return "false after \(start.rfc3339)"
            }
        }
        if let end {
            let before = fixture.outcome(at: end.later(by: -1))
            if before != PQLOutcome(qualifies: true, changesAt: end) { return "before \(end.rfc3339): \(before)" }
            if fixture.qualifies(at: end) { return "still true at \(end.rfc3339)" }
            if fixture.qualifies(at: end.later(by: 1)) { return "true again after \(end.rfc3339)" }
        }
        return nil
    }

    // MARK: Times

    /// Times around changes of the clocks from 2005 to 2030, and on leap days from 1904 to 2096.
    private static func times(of zone: TimeZoneRules, _ random: inout SplitMix64) -> [Int64] {
        let day = Timestamp.dayMilliseconds
        var times: [Int64] = []
        for year in stride(from: 1904, through: 2096, by: 12) {
            let leap = CivilDate(year: year, month: 2, day: 29)?.daysSinceEpoch ?? 0
            times.append(Int64(leap) * day + Int64.random(in: 0..<day, using: &random))
        }
        let years = Int64(CivilDate(year: 2005, month: 1, day: 1)?.daysSinceEpoch ?? 0)...21_900
        var changes: [Int64] = []
        for midnight in years where zone.offset(at: midnight * day) != zone.offset(at: (midnight + 1) * day) {
            changes.append(midnight * day)
        }
        changes.shuffle(using: &random)
        for change in changes.prefix(24) { times.append(change + Int64.random(in: -day...2 * day, using: &random)) }
        // Kathmandu has none.
        while times.count < 41 {
            times.append(Int64.random(in: years.lowerBound * day...years.upperBound * day, using: &random))
        }
        return times
    }

    // MARK: Forms

    private static func forms(_ t: Int64, _ zone: String) -> [Form] {
        func next(_ unit: String, _ number: Int, of instant: String = "") -> Edge {
            Edge(question: "next \(zone) \(unit) \(number) \(instant.isEmpty ? String(t) : instant)")
        }
        func moved(_ unit: String, _ number: Int) -> String { "add \(zone) \(unit) \(number) \(t)" }
        func at(_ question: String, later: Int64 = 0) -> Edge { Edge(question: question, later: later) }
        // No distance, so that it is an answer like the others.
        let itself = "instant UTC \(t)"
        var forms = [
            Form(text: "t occurs today", start: next("day", 0), end: next("day", 1)),
            Form(text: "t occurs yesterday", start: next("day", 1), end: next("day", 2)),
            Form(text: "t occurs tomorrow", start: next("day", -1), end: next("day", 0)),
            Form(text: "t occurs between yesterday and tomorrow", start: next("day", -1), end: next("day", 2)),
            Form(text: "t occurs before today", start: next("day", 1), end: nil),
            Form(text: "t occurs from last month", start: nil, end: next("month", 1)),
            Form(
                text: "t occurs = 2 days before today",
                start: next("day", 0, of: moved("day", 2)),
                end: next("day", 1, of: moved("day", 2))
            ),
            Form(
                text: "not (t occurs != 1 month after this month)",
                start: next("month", 0, of: moved("month", -1)),
                end: next("month", 1, of: moved("month", -1))
            ),
            Form(
                text: "t occurs 1 year before now",
                start: next("year", 0, of: moved("year", 1)),
                end: next("year", 1, of: moved("year", 1))
            ),
            Form(text: "t.getMonth() = currentMonth()", start: next("month", 0), end: next("month", 1)),
            Form(text: "currentYear() = t.getYear()", start: next("year", 0), end: next("year", 1)),
            Form(text: "t.getDayOfMonth() = now.getDayOfMonth()", start: next("day", 0), end: next("day", 1)),
        ]
        for unit in ["week", "month", "year"] {
            forms += [
                Form(text: "t occurs this \(unit)", start: next(unit, 0), end: next(unit, 1)),
                Form(text: "t occurs last \(unit)", start: next(unit, 1), end: next(unit, 2)),
                Form(text: "t occurs next \(unit)", start: next(unit, -1), end: next(unit, 0)),
                Form(text: "t occurs before this \(unit)", start: next(unit, 1), end: nil),
            ]
        }
        for (number, unit) in [(1, "day"), (30, "day"), (1, "month"), (1, "year")] {
            let (later, earlier) = (moved(unit, number), moved(unit, -number))
            forms += [
                Form(text: "t occurs < \(number) \(unit) before now", start: at(itself), end: at(later)),
                Form(text: "t occurs <= \(number) \(unit) before now", start: at(itself), end: at(later, later: 1)),
                Form(text: "t occurs > \(number) \(unit) before now", start: at(later, later: 1), end: nil),
                Form(text: "t occurs >= \(number) \(unit) before now", start: at(later), end: nil),
                Form(text: "t occurs <= \(number) \(unit) after now", start: at(earlier), end: at(itself, later: 1)),
                Form(
                    text: "t occurs < \(number) \(unit) from now",
                    start: at(earlier, later: 1),
                    end: at(itself, later: 1)
                ),
                Form(text: "t occurs >= \(number) \(unit) after now", start: nil, end: at(earlier, later: 1)),
            ]
        }
        return forms
    }
}
