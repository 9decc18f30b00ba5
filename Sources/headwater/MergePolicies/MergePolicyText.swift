import ActivationCore

/// A merge policy as people read it.
struct MergePolicyText {
    let policy: JSONValue

    private func text(_ member: String) -> String { policy[member]?.string ?? "" }
    private var isDefault: Bool { policy["default"]?.bool ?? false }
    private var graph: String { policy["identityGraph"]?["type"]?.string ?? "" }
    private var merge: String { policy["attributeMerge"]?["type"]?.string ?? "" }

    /// In a list.
    var line: String { "\(text("id"))  \(graph), \(merge)\(isDefault ? ", default" : "")  \(text("name"))" }

    /// By itself.
    var lines: [String] {
        var lines = [
            "policy      \(text("id"))", "name        \(text("name"))", "default     \(isDefault ? "yes" : "no")",
            "identities  \(graph)", "attributes  \(merge)",
        ]
        for dataset in policy["attributeMerge"]?["order"]?.array ?? [] {
            lines.append("  dataset   \(dataset.string ?? "")")
        }
        return lines
    }
}
