import ActivationCore

/// Two people at one form: what the first one changed, and the form with both changes in it.
struct FormMerge: Sendable, Equatable {
    /// Whose word counts, by name of the field.
    let items: [String: String]
    /// What the other one changed, a text per field.
    let changes: [String]

    /// Puts a person's changes on top of another's.
    ///
    /// - Parameters:
    ///   - base: What the form held when the person began.
    ///   - now: What it would hold now.
    ///   - typed: What the person sent.
    ///   - labels: The fields with their labels.
    init(base: QueryItems, now: QueryItems, typed: QueryItems, labels: [(name: String, label: String)]) {
        var items: [String: String] = [:]
        var changes: [String] = []
        for (name, label) in labels {
            // Browsers end lines in their own way.
            let own = (typed[name] ?? "").replacing("\r\n", with: "\n")
            let (before, after) = (base[name] ?? "", now[name] ?? "")
            let isOwn = !own.hasSameBytes(as: before)
            items[name] = isOwn ? own : after
            guard !after.hasSameBytes(as: before) else { continue }
            let isBoth = isOwn && !own.hasSameBytes(as: after)
            let words = "\(label): \(FormMerge.word(before, after)) became \(FormMerge.word(after, before))"
            changes.append(isBoth ? "\(words), and you typed \(FormMerge.word(own, after))" : words)
        }
        self.items = items
        self.changes = changes
    }

    /// The form with both changes.
    var form: QueryItems { QueryItems(items.map { ($0.key, $0.value) }) }

    private static func word(_ text: String, _ other: String) -> String {
        if text == "true" { return "on" }
        if text.isEmpty { return other == "true" ? "off" : "empty" }
        return "\u{201C}\(text.excerpt(80))\u{201D}"
    }
}
