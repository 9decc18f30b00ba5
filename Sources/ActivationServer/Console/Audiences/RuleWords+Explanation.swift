import ActivationCore
import Console

extension RuleWords {
    /// How parts of a rule go together.
    static let headings: [PQLExplanation.Kind: String] = [
        .all: "All of these", .any: "One of these", .not: "Not this",
        .choice: "If the first, the second, else the third",
    ]

    /// What would have to change.
    static func reversal(_ reversal: PQLReversal, of rule: PQLExplanation) -> String {
        let outcome = rule.outcome.qualifies ? "does not hold any more" : "holds"
        guard let conditions = reversal.conditions else {
            return reversal.isSmallest
                ? "No change of its conditions makes that the rule \(outcome)."
                : "Too many of its conditions stand in several places to tell which would have to change."
        }
        let count = Figure.count(conditions.count, "condition")
        return reversal.isSmallest
            ? "At least \(count) would have to change so that the rule \(outcome); marked in the tree."
            : "If \(count) changed, the rule \(outcome); marked in the tree. Perhaps fewer would do."
    }

    /// Where a value comes from; nil when no fact shows.
    static func source(_ origin: AttributeOrigin) -> String? {
        guard let written = origin.writtenAt else { return nil }
        let dataset = origin.dataset.map { "dataset \($0)" } ?? "a dataset that is not known"
        let others = origin.others > 0 ? "; \(Figure.count(origin.others, "other fact")) not shown" : ""
        let identity = origin.namespace.map { ", for an identity of \($0)" } ?? ""
        return "from \(dataset)\(identity), written \(Instant(written, now: written).exact)\(others)"
    }

    /// What others said of the person.
    static func statement(_ statement: StatementRead) -> String {
        func exact(_ time: Timestamp) -> String { Instant(time, now: time).exact }
        let source = statement.edition > 0 ? ", upload \(statement.edition)" : ""
        let end = statement.validUntil.map { ", until \(exact($0))" } ?? ""
        let verdict = statement.counts ? "" : "; counts no more"
        return
            "Named by an identity of \(statement.namespace) on \(exact(statement.statedAt))\(source)\(end)\(verdict)."
    }

    /// The events that a condition is about.
    static func events(_ events: EventsRead) -> String {
        let count = Figure.count(events.count, "event")
        let what = events.havePassed ? "\(count) passed" : "\(count) looked at"
        guard let oldest = events.oldest, let newest = events.newest else { return "\(what)." }
        func exact(_ time: Timestamp) -> String { Instant(time, now: time).exact }
        return oldest == newest ? "\(what), on \(exact(newest))." : "\(what), \(exact(oldest)) to \(exact(newest))."
    }
}
