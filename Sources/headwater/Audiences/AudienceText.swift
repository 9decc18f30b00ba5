import ActivationCore

/// An audience as lines for people.
struct AudienceText {
    let definition: JSONValue

    /// One line of a list: id, state, how far its evaluation is, name, tags.
    var line: String {
        "\(id)  \(state.padded(to: 10))  \(progress.padded(to: 10))  \(name)\(tags.isEmpty ? "" : "  [\(tags)]")"
    }

    /// Everything worth knowing, a line each.
    var lines: [String] {
        var lines = ["id           \(id)", "name         \(name)", "state        \(state)"]
        if !tags.isEmpty { lines.append("tags         \(tags)") }
        if let rule = definition["expression"]?["value"]?.string { lines.append("expression   \(rule)") }
        if definition["type"] == "ExternalSegment" {
            lines.append(
                "members of   \(definition["namespace"]?.string ?? "") \(definition["audienceId"]?.string ?? "")"
            )
            if let end = definition["expireTime"]?.int64 {
                lines.append("expires      \(Timestamp(milliseconds: end).rfc3339)")
            }
        }
        if definition["dataGovernancePolicy"]?["excludeOptOut"] == false { lines.append("opt-outs     stay") }
        if let members = definition["memberCount"]?.int64 { lines.append("members      \(Figures.grouped(members))") }
        lines.append("evaluated    \(progress)")
        if let plan { lines.append("plan         \(plan)") }
        for mode in definition["evaluationExplanation"]?.array ?? [] where mode["eligible"] == false {
            lines.append("not \(mode["type"]?.string ?? "")  \(mode["reason"]?.string ?? "")")
        }
        for warning in definition["warnings"]?.array ?? [] {
            lines.append("warning      \(warning["message"]?.string ?? "")")
        }
        return lines
    }

    private var id: String { definition["id"]?.string ?? "" }
    private var name: String { definition["name"]?.string ?? "" }
    private var state: String { definition["lifecycleState"]?.string ?? "" }
    private var tags: String { (definition["tags"]?.array ?? []).compactMap(\.string).joined(separator: ", ") }

    /// How it is evaluated, and what asks for that.
    private var plan: String? {
        guard let plan = definition["evaluationPlan"], let type = plan["type"]?.string else { return nil }
        let span = plan["span"]?.string.map { ", \($0)" } ?? ""
        guard let cause = plan["cause"]?.string, let line = plan["line"]?.int64, let column = plan["column"]?.int64
        else { return type + span }
        return "\(type)\(span): line \(line), column \(column): \(cause)"
    }

    /// How far the evaluation over stored profiles is.
    private var progress: String {
        if state == "inactive" { return "-" }
        let progress = definition["evaluationProgress"]
        let done = progress?["processed"]?.int64 ?? 0
        let total = progress?["total"]?.int64 ?? 0
        switch progress?["state"]?.string
            ?? (progress?["isDone"] == true ? "done" : progress == nil ? "waiting" : "running")
        {
        case "done": return "done"
        case "running": return "\(total > 0 ? min(done * 100 / total, 100) : 0) %"
        case let state: return state
        }
    }
}

extension String {
    /// The text with blanks at its end, at least so many characters long.
    fileprivate func padded(to length: Int) -> String {
        self + String(repeating: " ", count: max(length - count, 0))
    }
}
