import ActivationCore

/// Reads the members of a request's object; a member of the wrong type is refused with its pointer.
struct Fields {
    /// The object.
    let object: JSONObject
    /// Where it stands in the body.
    let pointer: String

    /// The root of a body.
    ///
    /// - Throws: `FIELD_INVALID` when it is no object.
    init(_ body: JSONValue) throws(APIError) {
        try self.init(body, pointer: "")
    }

    private init(object: JSONObject, pointer: String) {
        self.object = object
        self.pointer = pointer
    }

    private init(_ value: JSONValue, pointer: String) throws(APIError) {
        guard let object = value.object else {
            throw APIError(.fieldInvalid, "\(pointer.isEmpty ? "the body" : pointer) must be an object")
        }
        self.object = object
        self.pointer = pointer
    }

    /// The same object with a member more.
    func adding(_ key: String, _ value: JSONValue?) -> Fields {
        var object = object
        object[key] = value
        return Fields(object: object, pointer: pointer)
    }

    /// A member; JSON null counts as absent.
    subscript(key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// A string.
    func string(_ key: String, charactersMax: Int = 1_024) throws(APIError) -> String? {
        guard let value = self[key] else { return nil }
        guard let text = value.string, text.utf8.count <= charactersMax * 4, text.count <= charactersMax else {
            throw APIError(.fieldInvalid, "\(pointer)/\(key) must be a string of at most \(charactersMax) characters")
        }
        return text
    }

    /// A string that must be there and not be empty.
    func requiredString(_ key: String, charactersMax: Int = 1_024) throws(APIError) -> String {
        guard let text = try string(key, charactersMax: charactersMax), !text.isEmpty else {
            throw APIError(.fieldInvalid, "\(pointer)/\(key) is required, a string that is not empty")
        }
        return text
    }

    /// A truth value.
    func bool(_ key: String) throws(APIError) -> Bool? {
        guard let value = self[key] else { return nil }
        guard let bool = value.bool else { throw APIError(.fieldInvalid, "\(pointer)/\(key) must be true or false") }
        return bool
    }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(
        _ key: String,
        _ type: Word.Type
    ) throws(APIError) -> Word? where Word.RawValue == String {
        guard let value = self[key] else { return nil }
        guard let word = value.string.flatMap({ Word(rawValue: $0) }) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError(.fieldInvalid, "\(pointer)/\(key) must be one of \(words)")
        }
        return word
    }

    /// An object, or nil when absent.
    func fields(_ key: String) throws(APIError) -> Fields? {
        guard let value = self[key] else { return nil }
        return try Fields(value, pointer: "\(pointer)/\(key)")
    }

    /// An object that must be there.
    func requiredFields(_ key: String) throws(APIError) -> Fields {
        guard let fields = try fields(key) else {
            throw APIError(.fieldInvalid, "\(pointer)/\(key) is required, an object")
        }
        return fields
    }

    /// An array, empty when absent.
    func array(_ key: String, itemsMax: Int) throws(APIError) -> [JSONValue] {
        guard let value = self[key] else { return [] }
        guard let array = value.array, array.count <= itemsMax else {
            throw APIError(.fieldInvalid, "\(pointer)/\(key) must be an array of at most \(itemsMax) items")
        }
        return array
    }

    /// The objects of an array.
    func objects(_ key: String, itemsMax: Int) throws(APIError) -> [Fields] {
        var objects: [Fields] = []
        for (index, item) in try array(key, itemsMax: itemsMax).enumerated() {
            objects.append(try Fields(item, pointer: "\(pointer)/\(key)/\(index)"))
        }
        return objects
    }

    /// The strings of an array.
    func strings(_ key: String, itemsMax: Int) throws(APIError) -> [String] {
        var strings: [String] = []
        for item in try array(key, itemsMax: itemsMax) {
            guard let text = item.string else {
                throw APIError(.fieldInvalid, "\(pointer)/\(key) must be an array of strings")
            }
            strings.append(text)
        }
        return strings
    }
}
