import ActivationCore

/// An event of the audit log as people read it.
struct AuditText {
    let event: JSONValue

    private func text(_ member: String) -> String { event[member]?.string ?? "" }

    /// When, who, from where, what and with which outcome in one line; below it what was different.
    var lines: [String] {
        let own = event["headwater"]
        let who = own?["authorName"]?.string ?? text("userEmail")
        let from = event["userIpAddresses"]?[0]?.string.map { " from \($0)" } ?? ""
        let way = own?["way"]?.string ?? ""
        let actions = (own?["actions"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        let code = text("failureCode").isEmpty ? "" : " \(text("failureCode"))"
        let name = text("assetName") == text("assetId") ? "" : "  \(text("assetName"))"
        let head =
            "\(text("timestamp"))  \(who) (\(way)\(from))  \(actions) \(text("assetType"))\(name)  \(text("assetId"))  "
            + text("status") + code
        var lines = [head]
        lines += ChangeText(change: own ?? [:]).parts
        for (key, value) in own?["details"]?.object ?? [:] where key != "code" {
            lines.append("  \(key)  \(value.string ?? value.text)")
        }
        return lines
    }
}
