import ActivationCore

/// A change of the configuration as people read it.
struct ChangeText {
    let change: JSONValue

    private func text(_ member: String) -> String { change[member]?.string ?? "" }

    /// When, who and what in one line; below it a line for each part that differs.
    var lines: [String] {
        let who = change["authorName"]?.string ?? text("author")
        let head = "\(text("changedAt"))  \(who) (\(text("way")))  \(text("action")) \(text("kind")) \(text("name"))"
        return [head + "  \(text("id"))"] + parts
    }

    /// A line for each part that differs.
    var parts: [String] {
        var lines = (change["difference"]?.array ?? []).map(ChangeText.line)
        if let more = change["more"]?.int64 { lines.append("  and \(Figures.grouped(more)) more") }
        return lines
    }

    private static func line(of part: JSONValue) -> String {
        let path = "  \(part["path"]?.string ?? "")  "
        if part["isSecret"]?.bool ?? false { return path + "(another secret)" }
        func side(_ name: String) -> String? {
            guard let value = part[name]?.text else { return nil }
            return part["\(name)Bytes"]?.int64.map { "\(value)… (\(Figures.grouped($0)) bytes)" } ?? value
        }
        switch (side("before"), side("after")) {
        case (let before?, let after?): return "\(path)\(before) -> \(after)"
        case (nil, let after?): return "\(path)+ \(after)"
        case (let before?, nil): return "\(path)- \(before)"
        case (nil, nil): return path
        }
    }
}
