/// What an expression or a part of it evaluates to (PQL 4).
public enum PQLValue: Sendable {
    /// Missing, unknown, or the result of an operation on wrong types.
    case null
    /// True or false.
    case boolean(Bool)
    /// A whole number of 64 bits.
    case integer(Int64)
    /// A finite number.
    case double(Double)
    /// A text; compared by its UTF-8 bytes.
    case string(String)
    /// A day.
    case date(PQLDay)
    /// An instant.
    case timestamp(Timestamp)
    /// Values in order.
    case array(PQLArray)
    /// Values by key.
    case map(PQLMap)
}

extension PQLValue {
    /// Whether this is ``null``.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The value as a condition: null is false, arrays and maps are true when not empty, other values are true.
    public var truth: Bool {
        switch self {
        case .null: false
        case .boolean(let value): value
        case .array(let array): array.count > 0
        case .map(let map): map.count > 0
        default: true
        }
    }

    /// A number, or null for what no number can hold.
    init(finite value: Double) {
        self = value.isFinite ? .double(value) : .null
    }

    /// The value of a JSON text's part; arrays and objects are decoded when they are looked into.
    init(_ view: JSONView) {
        let document = view.document
        let node = document.nodes[view.index]
        switch node.kind {
        case .null: self = .null
        case .false: self = .boolean(false)
        case .true: self = .boolean(true)
        case .array: self = .array(PQLArray(json: view))
        case .object: self = .map(PQLMap(json: view))
        case .integer, .double, .string, .escapedString:
            self.init(scalar: node.kind, in: document.text[node.range])
        }
    }

    /// The value of a JSON scalar from its slice: a string's canonical content or a number's text.
    init(scalar kind: JSONKind, in text: ArraySlice<UInt8>) {
        switch kind {
        case .false: self = .boolean(false)
        case .true: self = .boolean(true)
        case .integer:
            self = JSONNumber.int64(text).map(PQLValue.integer) ?? .null
        case .double:
            self = JSONNumber.double(text).map(PQLValue.init(finite:)) ?? .null
        case .string: self = .string(String(decoding: text, as: UTF8.self))
        case .escapedString: self = .string(String(decoding: JSONWriter.unescape(text), as: UTF8.self))
        case .null, .array, .object: self = .null
        }
    }

    /// Appends the value as JSON: a date as `"2026-04-01"`, an instant as `"2026-04-01T09:15:04.120Z"`.
    public func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): JSONWriter.appendInteger(value, to: &bytes)
        case .double(let value): JSONWriter.appendDouble(value, to: &bytes)
        case .string(let value): JSONWriter.appendString(value, to: &bytes)
        case .date, .timestamp: JSONWriter.appendString(PQLTime.text(of: self), to: &bytes)
        case .array(let array): array.write(to: &bytes)
        case .map(let map): map.write(to: &bytes)
        }
    }
}
