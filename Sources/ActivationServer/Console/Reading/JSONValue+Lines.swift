import ActivationCore

extension JSONValue {
    /// The value with each member on a line of its own.
    var lines: String { lines(indented: "") }

    private func lines(indented indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .object(let members) where !members.isEmpty:
            let shown = members.map { key, member in
                "\(inner)\(JSONValue.string(key).text): \(member.lines(indented: inner))"
            }
            return "{\n\(shown.joined(separator: ",\n"))\n\(indent)}"
        case .array(let items) where !items.isEmpty:
            let shown = items.map { inner + $0.lines(indented: inner) }
            return "[\n\(shown.joined(separator: ",\n"))\n\(indent)]"
        default: return text
        }
    }
}
