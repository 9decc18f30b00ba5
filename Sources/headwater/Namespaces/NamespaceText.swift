import ActivationCore

/// A namespace as people read it.
struct NamespaceText {
    let namespace: JSONValue

    private func text(_ member: String) -> String { namespace[member]?.string ?? "" }

    /// In a list.
    var line: String { "\(text("code"))  \(text("idType"))  \(text("name"))" }

    /// By itself.
    var lines: [String] {
        let ignored = (namespace["ignoredValues"]?.array ?? []).compactMap(\.string)
        let bound = namespace["profileMax"]?.int64.map { "at most \($0)" } ?? "any number"
        var lines = [
            "namespace    \(text("code"))", "name         \(text("name"))",
            "type         \(text("idType"))" + (namespace["custom"]?.bool == true ? ", custom" : ""),
        ]
        if !text("description").isEmpty { lines.append("description  \(text("description"))") }
        lines += [
            "nobody       \(ignored.isEmpty ? "only empty and blank values" : ignored.joined(separator: ", "))",
            "pattern      \(namespace["pattern"]?.string ?? "any value")", "per profile  \(bound)",
            "otherwise    \(text("onViolation") == "drop" ? "the identity is dropped" : "the message is refused")",
        ]
        return lines
    }
}
