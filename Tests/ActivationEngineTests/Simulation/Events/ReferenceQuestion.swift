/// Some of a person's events: those that pass all conditions.
struct ReferenceStream {
    /// A test of the timestamp, or that it fails.
    struct Window {
        var window: ReferenceWindow
        var isNegated = false
    }

    var kind: String?
    /// What the amount has to be above.
    var above: Int?
    var windows: [Window] = []

    func contains(_ event: ReferenceEvent, at now: Int64, _ calendar: ReferenceCalendar) -> Bool {
        if let kind, event.kind != kind { return false }
        if let above, !(event.amount.map { $0 > Double(above) } ?? false) { return false }
        return windows.allSatisfy { $0.window.holds(event.instant, at: now, calendar) != $0.isNegated }
    }

    /// The conditions on an event whose fields are called after a prefix; nil when there are none.
    func pql(_ prefix: String) -> String? {
        var conditions: [String] = []
        if let kind { conditions.append(#"\#(prefix)kind = "\#(kind)""#) }
        conditions += windows.map { window in
            let test = window.window.pql("\(prefix)timestamp")
            return window.isNegated ? "not (\(test))" : test
        }
        if let above { conditions.append("\(prefix)amount > \(above)") }
        return conditions.isEmpty ? nil : conditions.joined(separator: " and ")
    }

    func places(_ events: [ReferenceEvent], _ stretch: Range<Int64>, _ calendar: ReferenceCalendar) -> [Int64] {
        var places: [Int64] = []
        for window in windows {
            for event in events {
                places += window.window.places(
                    of: event.instant,
                    after: stretch.lowerBound,
                    through: stretch.upperBound,
                    calendar
                )
            }
        }
        return places
    }
}

/// Events in an order: one of the first stream, then later one of the second.
struct ReferenceChain {
    /// How far the second event is from the first.
    struct Gap {
        var comparison: ReferenceComparison
        var count: Int64
        var unit: ReferenceCalendar.Unit
    }

    var first: ReferenceStream
    /// A test of the first event's time.
    var window: ReferenceWindow?
    var second: ReferenceStream
    var gap: Gap?
    /// How many of the second stream there have to be.
    var count = 1
    /// None of these may lie between the two.
    var absent: ReferenceStream?
    /// Whether there must be no second event at all.
    var isUnanswered = false

    func holds(_ events: [ReferenceEvent], at now: Int64, _ calendar: ReferenceCalendar) -> Bool {
        events.contains { start in
            guard first.contains(start, at: now, calendar), window?.holds(start.instant, at: now, calendar) ?? true
            else { return false }
            let followers = events.filter { event in
                guard event.instant > start.instant, second.contains(event, at: now, calendar) else { return false }
                guard let gap else { return true }
                return ReferenceWindow.holds(
                    gap.comparison,
                    gap.count,
                    gap.unit,
                    .after,
                    event.instant,
                    start.instant,
                    calendar
                )
            }
            if isUnanswered { return followers.isEmpty }
            guard let absent else { return followers.count >= count }
            return followers.contains { end in
                !events.contains { event in
                    start.instant < event.instant && event.instant < end.instant
                        && absent.contains(event, at: now, calendar)
                }
            }
        }
    }

    var pql: String {
        var steps = ["A: WHAT(\(first.pql("") ?? "true"))"]
        if let when = window?.when { steps[0] += " WHEN(\(when))" }
        if let absent { steps.append("not N: WHAT(\(absent.pql("") ?? "true"))") }
        var last = "\(isUnanswered ? "not " : "")B: WHAT(\(second.pql("") ?? "true"))"
        if let gap { last += " WHEN(\(gap.comparison.rawValue) \(gap.count) \(gap.unit.rawValue)s after A)" }
        if count > 1 { last += " COUNT(\(count))" }
        return "CHAIN(xEvent, timestamp, [\((steps + [last]).joined(separator: ", "))])"
    }

    func places(_ events: [ReferenceEvent], _ stretch: Range<Int64>, _ calendar: ReferenceCalendar) -> [Int64] {
        let windows = [window.map { ReferenceStream(windows: [ReferenceStream.Window(window: $0)]) }, first, second]
        return windows.flatMap { $0?.places(events, stretch, calendar) ?? [] }
    }
}

/// What an audience asks, twice over: as PQL for the engine, and of all events from scratch.
indirect enum ReferenceQuestion {
    enum Measure: String, CaseIterable {
        case count, sum, average, min, max
    }

    enum Part: String, CaseIterable {
        case currentMonth, currentDayOfMonth
    }

    /// The spelling, which changes nothing, is a number.
    case measured(Measure, ReferenceStream, ReferenceComparison, Int, spelling: Int)
    case exists(ReferenceStream, spelling: Int)
    case chain(ReferenceChain)
    case calendar(Part, ReferenceComparison, Int64)
    case not(ReferenceQuestion)
    case both(ReferenceQuestion, ReferenceQuestion)
    case either(ReferenceQuestion, ReferenceQuestion)
    /// Whether the person is in an audience that stands before this one.
    case member(Int)

    func holds(
        _ events: [ReferenceEvent],
        at now: Int64,
        _ calendar: ReferenceCalendar,
        _ isMember: (Int) -> Bool
    ) -> Bool {
        switch self {
        case .measured(let measure, let stream, let comparison, let bound, _):
            let found = events.filter { stream.contains($0, at: now, calendar) }
            return ReferenceQuestion.compare(measure, found, comparison, Double(bound))
        case .exists(let stream, _): return events.contains { stream.contains($0, at: now, calendar) }
        case .chain(let chain): return chain.holds(events, at: now, calendar)
        case .calendar(let part, let comparison, let bound):
            let date = ReferenceCalendar.date(ofDay: calendar.day(of: now))
            return comparison.holds(part == .currentMonth ? date.month : date.day, bound)
        case .not(let question): return !question.holds(events, at: now, calendar, isMember)
        case .both(let left, let right):
            return left.holds(events, at: now, calendar, isMember) && right.holds(events, at: now, calendar, isMember)
        case .either(let left, let right):
            return left.holds(events, at: now, calendar, isMember) || right.holds(events, at: now, calendar, isMember)
        case .member(let audience): return isMember(audience)
        }
    }

    private static func compare(
        _ measure: Measure,
        _ events: [ReferenceEvent],
        _ comparison: ReferenceComparison,
        _ bound: Double
    ) -> Bool {
        switch measure {
        case .count: return comparison.holds(Double(events.count), bound)
        case .sum: return comparison.holds(ReferenceAudience.sum(events.compactMap(\.amount)), bound)
        case .average:
            let amounts = events.compactMap(\.amount)
            return !amounts.isEmpty
                && comparison.holds(ReferenceAudience.sum(amounts) / Double(amounts.count), bound)
        case .min, .max:
            // The first kind seen wins; a text is no number.
            guard let first = events.first(where: { $0.amount != nil || $0.word != nil }) else { return false }
            guard first.word == nil else { return comparison == .notEqual }
            let amounts = events.compactMap(\.amount)
            let extreme = measure == .min ? amounts.min() : amounts.max()
            return extreme.map { comparison.holds($0, bound) } ?? false
        }
    }

    /// The expression, with the audiences it asks for by their ids.
    func pql(_ id: (Int) -> String) -> String {
        switch self {
        case .measured(let measure, let stream, let comparison, let bound, let spelling):
            let value: String
            if spelling % 2 == 0 {
                let filter = stream.pql("").map { "[\($0)]" } ?? ""
                value = "xEvent\(filter).\(measure.rawValue)(\(measure == .count ? "" : "amount"))"
            } else {
                let filter = stream.pql("E.").map { " where \($0)" } ?? ""
                let item = measure == .count ? "E" : "E.amount"
                value = "(\(measure.rawValue) \(item) over E from xEvent\(filter))"
            }
            return "\(value) \(comparison.rawValue) \(bound)"
        case .exists(let stream, let spelling):
            switch spelling % 3 {
            case 0: return "(exists E from xEvent\(stream.pql("E.").map { " where \($0)" } ?? ""))"
            case 1: return stream.pql("").map { "xEvent.exists(\($0))" } ?? "xEvent.exists()"
            default: return "CHAIN(xEvent, timestamp, [A: WHAT(\(stream.pql("") ?? "true"))])"
            }
        case .chain(let chain): return chain.pql
        case .calendar(let part, let comparison, let bound): return "\(part.rawValue)() \(comparison.rawValue) \(bound)"
        case .not(let question): return "not (\(question.pql(id)))"
        case .both(let left, let right): return "(\(left.pql(id))) and (\(right.pql(id)))"
        case .either(let left, let right): return "(\(left.pql(id))) or (\(right.pql(id)))"
        case .member(let audience): return #"inSegment("\#(id(audience))")"#
        }
    }

    /// Instants, in a stretch, among which are all at which the clock changes the answer; others do no harm.
    ///
    /// The stretch is that after its lower bound, up to its upper bound.
    func places(_ events: [ReferenceEvent], _ stretch: Range<Int64>, _ calendar: ReferenceCalendar) -> [Int64] {
        switch self {
        case .measured(_, let stream, _, _, _), .exists(let stream, _): stream.places(events, stretch, calendar)
        case .chain(let chain): chain.places(events, stretch, calendar)
        case .calendar: calendar.starts(of: .day, after: stretch.lowerBound, through: stretch.upperBound)
        case .not(let question): question.places(events, stretch, calendar)
        case .both(let left, let right), .either(let left, let right):
            left.places(events, stretch, calendar) + right.places(events, stretch, calendar)
        case .member: []
        }
    }

    /// The audiences it asks for.
    var audiences: [Int] {
        switch self {
        case .member(let audience): [audience]
        case .not(let question): question.audiences
        case .both(let left, let right), .either(let left, let right): left.audiences + right.audiences
        case .measured, .exists, .chain, .calendar: []
        }
    }
}
