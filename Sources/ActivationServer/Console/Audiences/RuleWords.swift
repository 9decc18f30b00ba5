import ActivationCore
import ActivationEngine
import Console

/// What may be written in a rule: functions, and paths that profiles have.
enum RuleWords {
    /// A word and what it is.
    struct Word: Sendable, Equatable {
        let text: String
        let note: String
    }

    /// The functions of the language that rules begin with.
    static let functions = [
        "contains", "doesNotContain", "startsWith", "doesNotStartWith", "endsWith", "doesNotEndWith", "equals",
        "notEqualTo", "matches", "regexGroup", "intersects", "subsetOf", "supersetOf", "intersection", "includes",
        "distinct", "groupBy", "filter", "map", "mapEntry", "topN", "bottomN", "head", "count", "sum", "average", "min",
        "max", "exists", "forall", "get", "keys", "values", "isNull", "isNotNull", "getMonth", "getDayOfMonth",
        "getYear",
        "currentMonth", "currentDayOfMonth", "currentYear", "inSegment", "date",
    ]

    /// Paths and functions that contain a text; those that begin with it first.
    static func containing(_ text: String, in sample: PathSample, limit: Int) -> [Word] {
        let wanted = text.lowercased()
        let paths = sample.paths(containing: text).map { Word(text: $0.dotted, note: note(of: $0, in: sample)) }
        let words =
            paths + functions.filter { $0.lowercased().contains(wanted) }.map { Word(text: $0, note: "function") }
        let (first, rest) = (
            words.filter { $0.text.lowercased().hasPrefix(wanted) },
            words.filter { !$0.text.lowercased().hasPrefix(wanted) }
        )
        return Array((first + rest).prefix(limit))
    }

    /// What kind of value a path has and how many profiles have it.
    static func note(of figures: PathSample.Figures, in sample: PathSample) -> String {
        let kinds = figures.kinds.map(\.rawValue).joined(separator: " or ")
        let percent = sample.profiles > 0 ? figures.profiles * 100 / sample.profiles : 0
        return "\(kinds), \(percent) % of \(Figure.count(sample.profiles, "profile"))"
    }
}
