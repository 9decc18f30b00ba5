import ActivationCore

/// A dry run as people read it.
struct DryRunText {
    /// What the server answered.
    var run: JSONValue

    /// Whether a record would be sent, why, and the record.
    var lines: [String] {
        var lines = ["profile      \(run["profileId"]?.string ?? "")"]
        lines.append("would export \(run["wouldExport"] == true ? "yes" : "no")")
        for audience in run["audiences"]?.array ?? [] {
            lines.append(
                "audience     \(audience["name"]?.string ?? ""): \(audience["status"]?.string ?? "never a member")"
            )
        }
        for reason in run["reasons"]?.array ?? [] {
            let mark = reason["exports"] == true ? "yes" : "no"
            lines.append("\(reason["reason"]?.string ?? ""): \(mark), \(reason["why"]?.string ?? "")")
        }
        for message in run["messages"]?.array ?? [] {
            lines.append("message      \(message["bytes"]?.int64 ?? 0) bytes")
            lines.append(message["message"]?.text ?? "")
        }
        return lines
    }
}
