import ActivationCore

/// One `property=<path><operator><value>` of a list request (SPEC 1.8).
struct PropertyFilter: Sendable {
    /// How a field is compared.
    enum Comparison: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"

        fileprivate var isRange: Bool { self != .equal && self != .notEqual }
    }

    /// Keys from the root; the flag says that the field is an array whose items are meant.
    private let path: [(key: String, isEach: Bool)]
    private let comparison: Comparison
    private let values: [String]

    /// Reads a filter.
    ///
    /// - Throws: `1440-400` for an unknown operator, `1443-400` for a range of several values, `1448-400` otherwise.
    init(parsing text: String) throws(APIError) {
        guard let start = text.firstIndex(where: { "=!<>~".contains($0) }) else {
            throw APIError(
                .filterOperatorInvalid,
                "property has no operator; write it as <path><operator><value> with ==, !=, <, <=, > or >="
            )
        }
        let rest = text[start...]
        let symbol = String(rest.prefix { "=!<>~".contains($0) })
        guard let comparison = Comparison(rawValue: symbol) else {
            throw APIError(
                .filterOperatorInvalid,
                "operator \"\(symbol.prefix(5))\" is not supported; ==, !=, <, <=, > and >= are"
            )
        }
        let keys = text[..<start].split(separator: ".", omittingEmptySubsequences: false)
        path = keys.map { key in
            key.hasSuffix("[]") ? (String(key.dropLast(2)), true) : (String(key), false)
        }
        guard path.allSatisfy({ !$0.key.isEmpty }) else {
            throw APIError(.filterValueInvalid, "the path of a property filter has an empty part")
        }
        self.comparison = comparison
        values = rest.dropFirst(symbol.count).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard values.allSatisfy({ !$0.isEmpty }) else {
            throw APIError(.filterValueInvalid, "a property filter needs a value, or values separated by commas")
        }
        guard !comparison.isRange || values.count == 1 else {
            throw APIError(.filterRangeOfMany, "\(comparison.rawValue) compares with one value, not with a list")
        }
    }

    /// Whether an object passes: with `==` one of its values is listed, with `!=` none is.
    func matches(_ object: JSONObject) -> Bool {
        let found = PropertyFilter.values(at: path[...], in: .object(object))
        switch comparison {
        case .equal: return found.contains { value in values.contains { PropertyFilter.isEqual(value, $0) } }
        case .notEqual: return !found.contains { value in values.contains { PropertyFilter.isEqual(value, $0) } }
        case .less: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 < 0 } ?? false }
        case .lessOrEqual: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 <= 0 } ?? false }
        case .greater: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 > 0 } ?? false }
        case .greaterOrEqual: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 >= 0 } ?? false }
        }
    }

    private static func values(
        at path: ArraySlice<(key: String, isEach: Bool)>,
        in value: JSONValue
    ) -> [JSONValue] {
        guard let part = path.first else { return [value] }
        guard let child = value[part.key] else { return [] }
        let rest = path.dropFirst()
        guard part.isEach else { return values(at: rest, in: child) }
        return (child.array ?? []).flatMap { values(at: rest, in: $0) }
    }

    private static func isEqual(_ value: JSONValue, _ text: String) -> Bool {
        switch value {
        case .string(let string): string.utf8.elementsEqual(text.utf8)
        case .bool(let bool): text == (bool ? "true" : "false")
        case .null: text == "null"
        default: value.double != nil && value.double == Double(text)
        }
    }

    /// Negative, zero or positive; nil when the two cannot be ordered.
    private static func compare(_ value: JSONValue, _ text: String) -> Int? {
        if let string = value.string {
            return string.utf8.elementsEqual(text.utf8) ? 0 : string.utf8.lexicographicallyPrecedes(text.utf8) ? -1 : 1
        }
        guard let left = value.double, let right = Double(text) else { return nil }
        return left < right ? -1 : left == right ? 0 : 1
    }
}
