/// A value of a Kinesis request or response, the same on the JSON and the CBOR wire.
///
/// Blobs and timestamps have no type of their own in JSON: a decoded JSON document holds `string` (base64) and `double` or
/// `integer` (epoch seconds) where a decoded CBOR document holds `bytes` and `timestamp`. `blob` and
/// `timestampMilliseconds` read either form, so code that knows which member is which needs no knowledge of the wire.
public indirect enum WireValue: Sendable {
    /// The absent value.
    case null
    /// A truth value.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// Any other number; never NaN or infinite.
    case double(Double)
    /// Text.
    case string(String)
    /// A blob: base64 text in JSON, a byte string in CBOR.
    case bytes([UInt8])
    /// An instant: epoch seconds in JSON, tag 1 with whole epoch milliseconds in CBOR, which is the service's own reading
    /// of that tag.
    case timestamp(milliseconds: Int64)
    /// A list.
    case array([WireValue])
    /// Members in their written order; names are unique.
    case map([(String, WireValue)])
}

extension WireValue {
    /// The member of that name, or nil when there is none, it is null, or this is no map.
    public subscript(name: String) -> WireValue? {
        guard case .map(let members) = self else { return nil }
        for (key, value) in members where key == name {
            if case .null = value { return nil }
            return value
        }
        return nil
    }

    /// The text, if this is text.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The truth value, if this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, if this is one or a double without a fraction.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The items, if this is a list.
    public var array: [WireValue]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The members, if this is a map.
    public var members: [(String, WireValue)]? {
        if case .map(let members) = self { members } else { nil }
    }

    /// The blob: a byte string, or text that is strict base64 with padding.
    public var blob: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .string(let text): Base64.decode(text)
        default: nil
        }
    }

    /// The instant in epoch milliseconds, read from a timestamp or from a number of seconds.
    public var timestampMilliseconds: Int64? {
        switch self {
        case .timestamp(let milliseconds): milliseconds
        case .integer(let seconds):
            seconds.multipliedReportingOverflow(by: 1000).overflow ? nil : seconds * 1000
        case .double(let seconds): Int64(exactly: (seconds * 1000).rounded())
        default: nil
        }
    }
}

extension WireValue: Equatable {
    /// Equality by case and content; the order of a map's members counts.
    public static func == (left: WireValue, right: WireValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.bytes(let a), .bytes(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.map(let a), .map(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 }
        default: false
        }
    }
}

extension WireValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }

    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// A list.
    public init(arrayLiteral elements: WireValue...) { self = .array(elements) }

    /// A map whose members keep the written order.
    public init(dictionaryLiteral elements: (String, WireValue)...) { self = .map(elements) }
}
