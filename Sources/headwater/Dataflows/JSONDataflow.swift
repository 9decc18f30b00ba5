import ActivationCore

/// A dataflow as the server tells it, with its target and its books where they were asked for.
struct JSONDataflow {
    /// The flow object.
    var flow: JSONValue
    /// The target connection.
    var target: JSONValue?
    /// The books.
    var stats: JSONValue?

    private var state: JSONValue? { flow["headwaterState"] }

    /// The flow object, target and books as its members `target` and `stats`.
    var json: JSONValue {
        var flow = flow
        if let target { flow["target"] = target }
        if let stats { flow["stats"] = stats }
        return flow
    }

    /// In one line: id, state, name.
    var line: String {
        "\(flow["id"]?.string ?? "")  \(state?["state"]?.string ?? "unknown")  \(flow["name"]?.string ?? "")"
    }

    /// How far it is in making up for what it left undone while it was disabled; nil when it is not at that.
    private var progress: String? {
        guard let reconcile = state?["reconcile"] else { return nil }
        let processed = Figures.grouped(reconcile["processed"]?.int64 ?? 0)
        let left = reconcile["secondsLeft"]?.int64.map { ", \(Figures.clock(seconds: Double($0))) left" } ?? ""
        return "makes up for what was left undone: \(processed) of "
            + "\(Figures.grouped(reconcile["total"]?.int64 ?? 0)) profiles\(left)"
    }

    /// In lines for people.
    var lines: [String] {
        var lines = [line]
        if let code = state?["code"]?.string {
            lines.append("  \(code) since \(state?["since"]?.string ?? "?"): \(state?["message"]?.string ?? "")")
        }
        if let notice = state?["notice"]?.string { lines.append("  notice     \(notice)") }
        for former in state?["formerTargets"]?.array ?? [] {
            let account = former["account"].map { " by \($0.text)" } ?? ""
            lines.append("  first to the former target \(former["params"]?.text ?? "")\(account)")
        }
        if let progress { lines.append("  \(progress)") }
        for (key, value) in target?["params"]?.object ?? [:] {
            lines.append("  target     \(key) \(value.string ?? value.text)")
        }
        let params = flow["transformations"]?[0]?["params"]
        for selector in params?["segmentSelectors"]?["selectors"]?.array ?? [] {
            lines.append(
                "  audience   \(selector["value"]?["id"]?.string ?? "")  \(selector["value"]?["name"]?.string ?? "")"
            )
        }
        for selector in params?["profileSelectors"]?["selectors"]?.array ?? [] {
            lines.append("  attribute  \(selector["value"]?["path"]?.string ?? "")")
        }
        for action in flow["marketingActions"]?.array ?? [] {
            lines.append("  used for   \(action["name"]?.string ?? "")")
        }
        for alert in flow["alerts"]?.array ?? [] {
            let threshold = alert["threshold"].map { " from \($0.text) on" } ?? ""
            lines.append("  alert      \(alert["type"]?.string ?? "")\(threshold)")
        }
        guard let stats else { return lines }
        for key in ["triggered", "delivered", "superseded", "parked", "pending"] {
            lines.append("  \(key) \(stats[key]?.int64 ?? 0)")
        }
        for key in ["disabled", "deleted", "discarded"] {
            lines.append("  suppressed (\(key)) \(stats["suppressed"]?[key]?.int64 ?? 0)")
        }
        return lines
    }
}
