import ActivationCore

/// Holds the members of a body to the types that the OpenAPI document gives them, so that the two cannot differ.
///
/// It sees to types alone; what is required and what values mean is the routes' matter. Members that the document does not
/// know are left alone.
enum DocumentedTypes {
    /// Checks a body.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - schema: A schema of the document's components.
    /// - Throws: `FIELD_INVALID` with the pointer of the first member that has another type.
    static func check(_ body: JSONValue, as schema: String) throws(APIError) {
        try check(body, .reference(schema), at: "")
    }

    private static func check(_ value: JSONValue, _ schema: JSONValue, at pointer: String) throws(APIError) {
        guard let schema = target(of: schema) else { return }
        if let parts = schema["anyOf"]?.array, parts.count == 2, parts[1] == JSONSchema.null {
            return value.isNull ? () : try check(value, parts[0], at: pointer)
        }
        let types = types(of: schema) ?? []
        guard types.isEmpty || types.contains(where: { isType($0, of: value) }) else {
            let accepted = types.filter { $0 != "null" }.joined(separator: " or ")
            throw APIError(.fieldInvalid, "\(pointer.isEmpty ? "the body" : pointer) must be of type \(accepted)")
        }
        if let members = value.object {
            let properties = schema["properties"]
            for (key, member) in members {
                guard let known = properties?[key] ?? schema["additionalProperties"] else { continue }
                try check(member, known, at: "\(pointer)/\(key.excerpt(100))")
            }
        }
        if let items = value.array, let known = schema["items"] {
            for (index, item) in items.enumerated() { try check(item, known, at: "\(pointer)/\(index)") }
        }
    }

    /// The schema that a reference means, nullable or not; nil when there is none.
    static func resolved(_ schema: JSONValue) -> JSONValue? {
        guard let target = target(of: schema) else { return nil }
        guard let parts = target["anyOf"]?.array, parts.count == 2, parts[1] == JSONSchema.null else { return target }
        return resolved(parts[0])
    }

    /// The types that a schema lets a value have; nil when it does not say.
    static func types(of schema: JSONValue) -> [String]? {
        let type = resolved(schema)?["type"]
        return type?.array?.compactMap(\.string) ?? type?.string.map { [$0] }
    }

    private static func target(of schema: JSONValue) -> JSONValue? {
        guard let name = schema["$ref"]?.string?.split(separator: "/").last else { return schema }
        return OpenAPIDocument.schemas[String(name)].flatMap(target)
    }

    private static func isType(_ type: String, of value: JSONValue) -> Bool {
        switch type {
        case "object": value.object != nil
        case "array": value.array != nil
        case "string": value.string != nil
        case "boolean": value.bool != nil
        case "integer": value.double.map { $0.rounded() == $0 } ?? false
        case "number": value.double != nil
        case "null": value.isNull
        default: false
        }
    }
}
