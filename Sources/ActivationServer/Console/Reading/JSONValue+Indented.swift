import ActivationCore

extension JSONValue {
    /// The value for people to read: a member a line.
    var indented: String { indented(by: "") }

    private func indented(by margin: String) -> String {
        let inner = margin + "  "
        if let object, !object.keys.isEmpty {
            let members = object.keys.map { key in
                "\(inner)\(JSONValue.string(key).text): \((object[key] ?? .null).indented(by: inner))"
            }
            return "{\n\(members.joined(separator: ",\n"))\n\(margin)}"
        }
        if let array, !array.isEmpty {
            let items = array.map { inner + $0.indented(by: inner) }
            return "[\n\(items.joined(separator: ",\n"))\n\(margin)]"
        }
        return text
    }
}
