import ActivationCore

/// Writes the schemas of the OpenAPI document.
enum JSONSchema {
    /// Any text.
    static let text: JSONValue = ["type": "string"]
    /// An instant as RFC 3339 writes it.
    static let instant: JSONValue = ["type": "string", "format": "date-time"]
    /// A whole number.
    static let integer: JSONValue = ["type": "integer"]
    /// A whole number that is not negative.
    static let count: JSONValue = ["type": "integer", "minimum": 0]
    /// A truth value.
    static let flag: JSONValue = ["type": "boolean"]
    /// Any object.
    static let anyObject: JSONValue = ["type": "object"]

    /// null alone.
    static let null: JSONValue = ["type": "null"]

    /// A text of so many characters.
    static func text(_ characters: ClosedRange<Int>, pattern: String? = nil) -> JSONValue {
        var schema: JSONObject = [
            "type": "string",
            "minLength": .integer(Int64(characters.lowerBound)),
            "maxLength": .integer(Int64(characters.upperBound)),
        ]
        schema["pattern"] = pattern.map { .string($0) }
        return .object(schema)
    }

    /// The name of a dataset.
    static let datasetName = text(
        1...IngestionLimits.datasetNameCharactersMax,
        pattern: #"^[^\u0000-\u001f\u007f]*$"#
    )

    /// A text that is not empty.
    static let someText: JSONValue = ["type": "string", "minLength": 1]

    /// A text that a regular expression describes.
    static func text(matching pattern: String) -> JSONValue {
        ["type": "string", "pattern": .string(pattern)]
    }

    /// One of these words.
    static func word(_ words: String...) -> JSONValue { word(among: words) }

    /// One of these words.
    static func word(among words: [String]) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    /// One of the words of a type.
    static func word<Words: CaseIterable & RawRepresentable<String>>(of words: Words.Type) -> JSONValue {
        word(among: Words.allCases.map(\.rawValue))
    }

    /// A whole number within bounds.
    static func integer(_ range: ClosedRange<Int>) -> JSONValue {
        [
            "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
            "maximum": .integer(Int64(range.upperBound)),
        ]
    }

    /// A list.
    static func array(_ items: JSONValue, count: ClosedRange<Int>? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "array", "items": items]
        if let count {
            schema["minItems"] = .integer(Int64(count.lowerBound))
            schema["maxItems"] = .integer(Int64(count.upperBound))
        }
        return .object(schema)
    }

    /// An object from any keys to values of one kind.
    static func map(_ values: JSONValue) -> JSONValue {
        ["type": "object", "additionalProperties": values]
    }

    /// An object; members that are not named may be there too, unless it is closed.
    static func object(
        _ description: String,
        _ properties: JSONObject,
        required: [String] = [],
        isClosed: Bool = false
    ) -> JSONValue {
        var schema: JSONObject = ["type": "object", "description": .string(description)]
        schema["properties"] = .object(properties)
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        if isClosed { schema["additionalProperties"] = false }
        return .object(schema)
    }

    /// One of several schemas.
    static func any(_ schemas: JSONValue...) -> JSONValue {
        ["anyOf": .array(schemas)]
    }

    /// The same members, each of which may also be null, which counts as absent.
    static func nullable(_ properties: JSONObject, except kept: [String] = []) -> JSONObject {
        var result = JSONObject()
        for (key, schema) in properties { result[key] = kept.contains(key) ? schema : nullable(schema) }
        return result
    }

    /// The same members with their types alone, for what a client sends back and nobody reads.
    static func typesOnly(_ properties: JSONObject) -> JSONObject {
        var result = JSONObject()
        for (key, schema) in properties {
            // What is referred to is an object.
            result[key] = ["type": schema["type"] ?? "object"]
        }
        return result
    }

    private static func nullable(_ schema: JSONValue) -> JSONValue {
        guard let type = schema["type"]?.string, var object = schema.object else { return any(schema, null) }
        object["type"] = [.string(type), "null"]
        if let words = object["enum"]?.array { object["enum"] = .array(words + [.null]) }
        return .object(object)
    }

    /// The members of all of them; the last one that has a member says what it is.
    static func union(_ objects: JSONObject...) -> JSONObject {
        var result = JSONObject()
        for (key, schema) in objects.joined() { result[key] = schema }
        return result
    }
}

extension JSONValue {
    /// A reference to a schema in the components.
    static func reference(_ schema: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/" + schema)]
    }
}
