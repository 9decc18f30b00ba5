import ActivationCore

/// An explanation as people read it: where the person stands, then the rule as a tree, a line for each part.
struct ExplanationText {
    let explanation: JSONValue

    private var name: String { explanation["name"]?.string ?? "" }
    private var qualifies: Bool { explanation["qualifies"]?.bool ?? false }

    /// The lines.
    var lines: [String] {
        [standing] + notes + [reversal, ""] + ExplanationText.tree(explanation["rule"] ?? .null, depth: 0)
    }

    private var standing: String {
        guard let membership = explanation["membership"], let status = membership["status"]?.string else {
            return "not a member of \(name)"
        }
        let since = membership["lastQualificationTime"]?.string ?? ""
        return status == "realized" ? "a member of \(name) since \(since)" : "not a member of \(name), left at \(since)"
    }

    private var notes: [String] {
        var notes: [String] = []
        if explanation["evaluationPending"] == true {
            notes.append("the rule says otherwise by now: the evaluation is pending")
        }
        if let change = explanation["changesAt"]?.string { notes.append("changes by itself at \(change)") }
        return notes
    }

    private var reversal: String {
        let reversal = explanation["reversal"] ?? .null
        let isSmallest = reversal["smallest"]?.bool ?? false
        let outcome = qualifies ? "not qualify any more" : "qualify"
        guard reversal["possible"] == true else {
            return isSmallest
                ? "no change of conditions makes the person \(outcome)"
                : "too many conditions repeat to tell what would have to change"
        }
        let numbers = (reversal["conditions"]?.array ?? []).compactMap(\.int64).map(String.init).joined(separator: ", ")
        return "to \(outcome), these have to change\(isSmallest ? "" : " (perhaps fewer)"): \(numbers)"
    }

    private static func tree(_ node: JSONValue, depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        let holds = node["holds"] == true ? "yes" : "no "
        let mark = node["decides"] == true ? "*" : " "
        let change = node["changesAt"]?.string.map { "  until \($0)" } ?? ""
        guard let number = node["condition"]?.int64 else {
            let head = "\(mark) \(holds) \(indent)\(headings[node["kind"]?.string ?? ""] ?? "")\(change)"
            return [head] + (node["parts"]?.array ?? []).flatMap { tree($0, depth: depth + 1) }
        }
        return ["\(mark) \(holds) \(indent)\(number): \(node["text"]?.string ?? "")\(change)"]
            + facts(node).map { "      \(indent)   \($0)" }
    }

    private static let headings = [
        "all": "all of", "any": "one of", "not": "not", "choice": "if the first, the second, else the third of",
    ]

    private static func facts(_ node: JSONValue) -> [String] {
        var facts = (node["attributes"]?.array ?? []).map { attribute in
            var words = "\(attribute["path"]?.string ?? "") is \(attribute["value"]?.text ?? "not there")"
            if let written = attribute["writtenAt"]?.string {
                words += ", from \(attribute["dataset"]?.string ?? "an unknown dataset") at \(written)"
            }
            let others = attribute["others"]?.int64 ?? 0
            return others > 0 ? words + ", beside \(others) that do not show" : words
        }
        if let events = node["events"] {
            var words = "\(events["count"]?.int64 ?? 0) events \(events["passed"] == true ? "passed" : "looked at")"
            if let oldest = events["oldest"]?.string, let newest = events["newest"]?.string {
                words += ", from \(oldest) to \(newest)"
            }
            facts.append(words)
        }
        for statement in node["statements"]?.array ?? [] {
            let end = statement["validUntil"]?.string.map { " until \($0)" } ?? ""
            let verdict = statement["counts"] == true ? "" : ", counts no more"
            facts.append(
                "named by \(statement["namespace"]?.string ?? "") at \(statement["statedAt"]?.string ?? "")\(end), upload "
                    + "\(statement["edition"]?.int64 ?? 0)\(verdict)"
            )
        }
        for audience in node["audiences"]?.array ?? [] {
            let name = audience["name"]?.string ?? audience["id"]?.string ?? ""
            let membership = audience["membership"]
            let since = membership?["lastQualificationTime"]?.string.map { " since \($0)" } ?? ""
            facts.append("\(name): \(membership?["status"]?.string ?? "no member")\(since)")
        }
        return facts
    }
}
