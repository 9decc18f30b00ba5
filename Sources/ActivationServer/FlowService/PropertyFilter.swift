import ActivationCore

/// One `property=<path><operator><value>` of a list request (BEHAVIOUR 1.8).
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

    private let path: PropertyPath
    private let comparison: Comparison
    private let values: [String]
    /// Whether the field is a run's status, which published requests write as `Failed` and runs as `failed`.
    private let ignoresCase: Bool

    /// Reads a filter.
    ///
    /// - Throws: `1440-400` for an unknown operator, `1443-400` for a range of several values, `1448-400` otherwise.
    init(parsing text: String) throws(APIError) {
        func isOperator(_ byte: UInt8) -> Bool { "=!<>~".utf8.contains(byte) }
        guard let start = text.utf8.firstIndex(where: isOperator) else {
            throw APIError(
                .filterOperatorInvalid,
                "property has no operator; write it as <path><operator><value> with ==, !=, <, <=, > or >="
            )
        }
        let rest = text[start...]
        let symbol = String(Substring(rest.utf8.prefix(while: isOperator)))
        guard let comparison = Comparison(rawValue: symbol) else {
            throw APIError(
                .filterOperatorInvalid,
                "operator \"\(symbol.excerpt(5))\" is not supported; ==, !=, <, <=, > and >= are"
            )
        }
        guard let path = PropertyPath(String(text[..<start])) else {
            throw APIError(.filterValueInvalid, "the path of a property filter has an empty part")
        }
        self.path = path
        ignoresCase = path.keys == ["metrics", "statusSummary", "status"]
        self.comparison = comparison
        values = rest.utf8.dropFirst(symbol.utf8.count)
            .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard values.allSatisfy({ !$0.isEmpty }) else {
            throw APIError(.filterValueInvalid, "a property filter needs a value, or values separated by commas")
        }
        guard !comparison.isRange || values.count == 1 else {
            throw APIError(.filterRangeOfMany, "\(comparison.rawValue) compares with one value, not with a list")
        }
    }

    /// Refuses values that the field cannot have, whichever object it is of.
    ///
    /// - Parameter schema: The objects, among the schemas of the OpenAPI document.
    /// - Throws: `1448-400`.
    func check(_ schema: String) throws(APIError) {
        guard let types = path.types(in: schema) else { return }
        let accepted = types.filter { $0 != "null" }
        for value in values where comparison.isRange || value != "null" {
            guard !accepted.contains(where: { PropertyFilter.isValue(value, of: $0) }) else { continue }
            throw APIError(
                .filterValueInvalid,
                "\(path.keys.joined(separator: ".").excerpt(100)) is \(PropertyFilter.words(accepted)); no object can have "
                    + "the value of this filter there"
            )
        }
    }

    private static func isValue(_ text: String, of type: String) -> Bool {
        switch type {
        case "integer", "number": JSONNumber.double(text.utf8) != nil
        case "boolean": ["true", "false"].contains(text.lowercased())
        case "array", "object", "null": false
        default: true
        }
    }

    private static func words(_ types: [String]) -> String {
        let words = types.map { type in
            switch type {
            case "integer", "number": "a number"
            case "boolean": "true or false"
            case "array": "an array, whose items are named with [] behind it"
            case "object": "an object, whose members are named with a dot behind it"
            default: type
            }
        }
        return words.joined(separator: " or ")
    }

    /// The values of which a field of the object itself must have one; nil when this filter does not say that.
    func required(_ field: String) -> [String]? {
        comparison == .equal && path.isField(field) ? values : nil
    }

    /// Whether an object passes: with `==` one of its values is listed, with `!=` none is.
    func matches(_ object: JSONObject) -> Bool {
        let found = path.values(in: object)
        switch comparison {
        case .equal: return found.contains { value in values.contains { isEqual(value, $0) } }
        case .notEqual: return !found.contains { value in values.contains { isEqual(value, $0) } }
        case .less: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 < 0 } ?? false }
        case .lessOrEqual: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 <= 0 } ?? false }
        case .greater: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 > 0 } ?? false }
        case .greaterOrEqual: return found.contains { PropertyFilter.compare($0, values[0]).map { $0 >= 0 } ?? false }
        }
    }

    private func isEqual(_ value: JSONValue, _ text: String) -> Bool {
        switch value {
        case .string(let string) where ignoresCase:
            string.lowercased().hasSameBytes(as: text.lowercased())
        case .string(let string): string.hasSameBytes(as: text)
        case .bool(let bool): text.lowercased() == (bool ? "true" : "false")
        case .null: text == "null"
        default: value.double != nil && value.double == Double(text)
        }
    }

    /// Negative, zero or positive; nil when the two cannot be ordered.
    private static func compare(_ value: JSONValue, _ text: String) -> Int? {
        if let string = value.string {
            return string.hasSameBytes(as: text) ? 0 : string.comesBefore(text) ? -1 : 1
        }
        guard let left = value.double, let right = Double(text) else { return nil }
        return left < right ? -1 : left == right ? 0 : 1
    }
}
