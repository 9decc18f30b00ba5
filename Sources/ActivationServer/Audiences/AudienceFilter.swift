import ActivationCore

/// Which audiences a list shows (BEHAVIOUR 5.1): `property`, `name`, `description`, `entityType`.
struct AudienceFilter: Sendable {
    /// One `property=…`.
    private enum Property: Sendable {
        /// As lists of the Flow Service have them.
        case compared(PropertyFilter)
        /// `path~value` and `path~^value`: a text that has this somewhere, or at its beginning.
        case text(PropertyPath, String, isPrefix: Bool)

        func matches(_ object: JSONObject) -> Bool {
            switch self {
            case .compared(let filter): filter.matches(object)
            case .text(let path, let text, let isPrefix):
                path.values(in: object).contains { value in
                    guard let value = value.string else { return false }
                    return isPrefix ? value.utf8.starts(with: text.utf8) : value.contains(text)
                }
            }
        }
    }

    private let properties: [Property]
    /// What name and description contain, in lower case.
    private let contained: [(member: String, text: String)]

    /// Reads a query.
    ///
    /// - Throws: `QUERY_INVALID`, or what is wrong with a `property`.
    init(_ query: QueryItems) throws(APIError) {
        guard ["_xdm.context.profile", nil].contains(query["entityType"]) else {
            throw APIError(.queryInvalid, "entityType is _xdm.context.profile; audiences hold profiles")
        }
        var properties: [Property] = []
        for text in query.values("property") { properties.append(try AudienceFilter.property(text)) }
        self.properties = properties
        contained = ["name", "description"].compactMap { member in
            query[member].map { (member, $0.lowercased()) }
        }
    }

    private static func property(_ text: String) throws(APIError) -> Property {
        let operators = "=!<>~".utf8
        guard let start = text.utf8.firstIndex(where: { operators.contains($0) }) else {
            return .compared(try PropertyFilter(parsing: text))
        }
        // Of lists the items are meant, however they are written.
        var field = String(text[..<start])
        if ["tags", "labels"].contains(field) { field += "[]" }
        guard text.utf8[start] == UInt8(ascii: "~"), let path = PropertyPath(field) else {
            let filter = try PropertyFilter(parsing: field + text[start...])
            try filter.check("Audience")
            return .compared(filter)
        }
        var value = text.utf8[start...].dropFirst()
        let isPrefix = value.first == UInt8(ascii: "^")
        if isPrefix { value = value.dropFirst() }
        guard let first = value.first, !operators.contains(first) else {
            throw APIError(
                .filterOperatorInvalid,
                "property takes ==, !=, <, <=, > and >=, ~ for texts that contain a value and ~^ for those that begin with it"
            )
        }
        return .text(path, String(Substring(value)), isPrefix: isPrefix)
    }

    /// Whether an audience passes.
    func matches(_ definition: SegmentDefinition) -> Bool {
        if properties.isEmpty, contained.isEmpty { return true }
        let object = definition.filterable
        return properties.allSatisfy { $0.matches(object) }
            && contained.allSatisfy { member, text in
                (object[member]?.string ?? "").lowercased().contains(text)
            }
    }
}
