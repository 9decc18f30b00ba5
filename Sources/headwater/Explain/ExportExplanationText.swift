import ActivationCore

/// What a dataflow made of a person's last changes, as people read it.
struct ExportExplanationText {
    let explanation: JSONValue

    /// The lines.
    var lines: [String] {
        let changes = explanation["changes"]?.array ?? []
        let state = explanation["state"]?.string ?? ""
        var lines = [
            "\(explanation["name"]?.string ?? "") (\(state)), profile \(explanation["profileId"]?.string ?? "")"
        ]
        if let reasons = explanation["leftUndone"]?.array {
            lines.append("to be made up for when it is enabled: \(ExportExplanationText.list(reasons))")
        }
        if changes.isEmpty { lines.append("no change is known; they are noted from the next one on") }
        for change in changes { lines += [""] + ExportExplanationText.change(change) }
        if !changes.isEmpty, explanation["complete"] != true {
            lines += ["", "earlier changes are not known any more"]
        }
        return lines
    }

    private static func change(_ change: JSONValue) -> [String] {
        let number = change["revision"]?.int64 ?? 0
        var lines = [
            "\(change["at"]?.string ?? "")  revision \(number)  \(change["title"]?.string ?? "")",
            "  \(change["text"]?.string ?? "")",
        ]
        if let reasons = change["reasons"]?.array, !reasons.isEmpty { lines[1] += " (\(list(reasons)))" }
        lines += (change["records"]?.array ?? []).map { "    \(record($0))" }
        var told: [String] = []
        for finding in change["findings"]?.array ?? [] {
            let text = finding["text"]?.string ?? ""
            if !told.contains(text) { told.append(text) }
        }
        lines += told.map { "    - \($0)" }
        let paths = change["paths"]?.array ?? []
        if !paths.isEmpty {
            let source = change["dataset"]?.string.map { ", from \($0)" } ?? ""
            lines.append("    attributes: \(list(paths))\(more(change["morePaths"]))\(source)")
        }
        let audiences = (change["audiences"]?.array ?? []).map { audience in
            let name = audience["name"]?.string ?? audience["id"]?.string ?? ""
            return "\(audience["status"] == "realized" ? "entered" : "left") \(name)"
        }
        if !audiences.isEmpty {
            lines.append("    audiences: \(audiences.joined(separator: ", "))\(more(change["moreAudiences"]))")
        }
        if let changed = change["configurationChangedAt"]?.string {
            lines.append("    the dataflow was changed since, first at \(changed); this is by how it is now")
        }
        return lines
    }

    private static func record(_ record: JSONValue) -> String {
        switch record["state"]?.string {
        case "delivered": "delivered at \(record["deliveredAt"]?.string ?? ""): \(record["receipt"]?.string ?? "")"
        case "parked": "parked at \(record["parkedAt"]?.string ?? ""): \(record["code"]?.string ?? "")"
        default: "waits to be sent"
        }
    }

    private static func list(_ words: [JSONValue]) -> String { words.compactMap(\.string).joined(separator: ", ") }

    private static func more(_ count: JSONValue?) -> String {
        count?.int64.map { " and \($0) more" } ?? ""
    }
}
