import ActivationCore

/// An audience as lines for people.
struct AudienceText {
    let definition: JSONValue

    /// One line of a list: id, how far it is, name.
    var line: String { "\(id)  \(progress.padded(to: 10))  \(name)" }

    /// Everything worth knowing, a line each.
    var lines: [String] {
        var lines = ["id           \(id)", "name         \(name)"]
        if let rule = definition["expression"]?["value"]?.string { lines.append("expression   \(rule)") }
        if let members = definition["memberCount"]?.int64 { lines.append("members      \(Figures.grouped(members))") }
        lines.append("evaluated    \(progress)")
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

    /// How far the evaluation over stored profiles is.
    private var progress: String {
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
