/// An editable JSON value for documents: bodies of the API, stored definitions.
public enum JSONValue: Sendable {
    /// The literal `null`.
    case null
    /// The literal `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent that fits.
    case integer(Int64)
    /// Any other number, as written; the text follows JSON's grammar.
    case number(text: String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)

    /// Copies a parsed value.
    public init(_ view: JSONView) {
        switch view.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .integer, .double:
            if let value = view.int64 {
                self = .integer(value)
            } else {
                self = .number(text: String(decoding: view.text, as: UTF8.self))
            }
        case .string, .escapedString: self = .string(JSONWriter.string(canonical: view.text))
        case .array: self = .array(view.items.map { JSONValue($0) })
        case .object: self = .object(JSONObject(distinct: view.members.map { ($0.key, JSONValue($0.value)) }))
        }
    }

    /// Parses one JSON text as ``JSONDocument`` does.
    ///
    /// - Throws: ``JSONError`` with the first offending byte.
    public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        self.init(try JSONDocument(parsing: bytes).root)
    }

    /// Parses one JSON text as ``JSONDocument`` does.
    ///
    /// - Throws: ``JSONError`` with the first offending byte.
    public init(parsing text: String) throws(JSONError) {
        self.init(try JSONDocument(parsing: text).root)
    }

    /// A finite double as the shortest text that reads back; see ``JSONWriter/appendDouble(_:to:)``.
    public init(_ value: Double) {
        var text: [UInt8] = []
        JSONWriter.appendDouble(value, to: &text)
        if let integer = JSONNumber.int64(text) {
            self = .integer(integer)
        } else {
            self = .number(text: String(decoding: text, as: UTF8.self))
        }
    }
}

extension JSONValue {
    /// The value of an object's member; nil for any other kind.
    ///
    /// Setting a member of what is no object makes it one; setting nil removes the member.
    public subscript(key: String) -> JSONValue? {
        get { object?[key] }
        set {
            guard newValue != nil || object != nil else { return }
            var members = object ?? JSONObject()
            // Gives up this copy first, so that the members are changed in place.
            self = .null
            members[key] = newValue
            self = .object(members)
        }
    }

    /// An item of an array; nil beyond its end and for any other kind.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// A string's characters; nil for any other kind.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// A number without fraction and exponent that fits; nil for any other value.
    public var int64: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// Any number as the nearest double; nil for other kinds and for numbers beyond a double's range.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let text): JSONNumber.double(text.utf8)
        default: nil
        }
    }

    /// A literal `true` or `false`; nil for any other kind.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// An array's items; nil for any other kind.
    public var array: [JSONValue]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// An object's members; nil for any other kind.
    public var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }

    /// Whether the value is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// Appends the compact canonical text.
    public func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): JSONWriter.appendInteger(value, to: &bytes)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let value): JSONWriter.appendString(value, to: &bytes)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONWriter.appendString(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// The compact canonical text.
    public var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONValue: Equatable {
    /// Equality by value: numbers however they are spelt, strings byte by byte, objects whatever their order.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): JSONNumber.isSame(left.utf8, right.utf8)
        case (.integer(let integer), .number(let text)), (.number(let text), .integer(let integer)):
            JSONNumber.isSame(text.utf8, String(integer).utf8)
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}
