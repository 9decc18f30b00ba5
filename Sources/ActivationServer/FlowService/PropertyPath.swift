import ActivationCore

/// Where a field stands in the objects of a list: keys with dots between, `[]` behind the name of an array means its items
/// (BEHAVIOUR 1.8).
struct PropertyPath: Sendable {
    private struct Part: Sendable {
        var key: String
        /// Whether the field is an array whose items are meant.
        var isEach: Bool
    }

    private let parts: [Part]

    /// Reads a path; nil when a part of it is empty.
    init?(_ text: String) {
        parts = text.dottedKeys.map { key in
            key.utf8.suffix(2).elementsEqual("[]".utf8)
                ? Part(key: String(key.dropLast(2)), isEach: true) : Part(key: key, isEach: false)
        }
        guard parts.allSatisfy({ !$0.key.isEmpty }) else { return nil }
    }

    /// The names along the way.
    var keys: [String] { parts.map(\.key) }

    /// Whether it names a field of the object itself, not of what is in it.
    func isField(_ name: String) -> Bool { parts.count == 1 && !parts[0].isEach && parts[0].key == name }

    // MARK: In an object

    /// All that stands there.
    func values(in object: JSONObject) -> [JSONValue] {
        PropertyPath.values(at: parts[...], in: .object(object))
    }

    private static func values(at parts: ArraySlice<Part>, in value: JSONValue) -> [JSONValue] {
        guard let part = parts.first else { return [value] }
        guard let child = value[part.key] else { return [] }
        let rest = parts.dropFirst()
        guard part.isEach else { return values(at: rest, in: child) }
        return (child.array ?? []).flatMap { values(at: rest, in: $0) }
    }

    /// The object with nothing but what stands there, items of an array in their places; nil when nothing does.
    func extract(of object: JSONObject) -> JSONObject? {
        PropertyPath.extract(of: .object(object), at: parts[...])?.object
    }

    private static func extract(of value: JSONValue, at parts: ArraySlice<Part>) -> JSONValue? {
        guard let part = parts.first else { return value }
        guard let child = value[part.key] else { return nil }
        let rest = parts.dropFirst()
        guard part.isEach else { return extract(of: child, at: rest).map { .object([part.key: $0]) } }
        return child.array.map { items in
            .object([part.key: .array(items.map { extract(of: $0, at: rest) ?? .object([:]) })])
        }
    }

    // MARK: In a schema

    /// The types that the OpenAPI document gives the field; nil when it does not say.
    func types(in schema: String) -> [String]? {
        var types: [String]?
        var schema = JSONValue.reference(schema)
        for part in parts {
            guard let field = DocumentedTypes.resolved(schema)?["properties"]?[part.key] else { return nil }
            schema = field
            types = DocumentedTypes.types(of: schema)
            if part.isEach {
                guard let items = DocumentedTypes.resolved(schema)?["items"] else { return nil }
                schema = items
                types = DocumentedTypes.types(of: schema)
            }
        }
        return types
    }
}
