import ActivationCore

/// Where a CSV column's values go in an XDM entity: `COLUMN=identityMap.Email`, `COLUMN=person.name.firstName`,
/// `COLUMN=commerce.order.priceTotal:number`.
struct ColumnMapping: Equatable {
    /// What a field's text means.
    enum Kind: String, CaseIterable {
        /// Text as it stands.
        case text
        /// A JSON number.
        case number
        /// A whole number.
        case integer
        /// `true`, `false`, `1` or `0`.
        case boolean
        /// RFC 3339, `YYYY-MM-DD`, `YYYYMMDD`, or seconds or milliseconds since 1970; becomes RFC 3339.
        case timestamp
    }

    /// The place in the entity.
    enum Target: Equatable {
        case identity(namespace: String)
        case attribute(path: [String], kind: Kind)
    }

    /// The column's name.
    var column: String
    /// The place.
    var target: Target

    /// Reads `COLUMN=TARGET`.
    init(parsing text: String) throws(CommandFailure) {
        guard let equals = text.utf8.lastIndex(of: UInt8(ascii: "=")), equals != text.startIndex else {
            throw CommandFailure(.usage, "--map \(text) is not COLUMN=PATH, such as email=identityMap.Email")
        }
        self = try ColumnMapping(
            column: String(text[..<equals]),
            target: String(text[text.utf8.index(after: equals)...])
        )
    }

    /// Reads a target: a path, `identityMap.` with a namespace, and `:` with a kind.
    init(column: String, target text: String) throws(CommandFailure) {
        self.column = column
        var path = text[...]
        var kind = text == "timestamp" ? Kind.timestamp : .text
        if let colon = text.lastIndex(of: ":"), let named = Kind(rawValue: String(text[text.index(after: colon)...])) {
            kind = named
            path = text[..<colon]
        }
        let keys = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard !keys.contains("") else {
            throw CommandFailure(
                .usage,
                "column \(column): \"\(text)\" is not a dotted path, such as person.name.firstName"
            )
        }
        if keys[0] == "identityMap" {
            guard keys.count == 2 else {
                throw CommandFailure(
                    .usage,
                    "column \(column): write identityMap. and one namespace, such as identityMap.Email"
                )
            }
            target = .identity(namespace: keys[1])
        } else {
            target = .attribute(path: keys, kind: kind)
        }
    }
}

extension ColumnMapping.Kind {
    /// The JSON value of a field; nil when the text does not fit.
    func value(of text: String) -> JSONValue? {
        switch self {
        case .text: .string(text)
        case .integer: Int64(text).map(JSONValue.integer)
        case .number: ColumnMapping.Kind.number(text)
        case .boolean:
            switch text {
            case "true", "TRUE", "True", "1": .bool(true)
            case "false", "FALSE", "False", "0": .bool(false)
            default: nil
            }
        case .timestamp: ColumnMapping.Kind.instant(text).map { .string($0.rfc3339) }
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        // A text that is not JSON is not a number either.
        guard let value = try? JSONValue(parsing: text) else { return nil }
        switch value {
        case .integer, .number: return value
        default: return nil
        }
    }

    private static func instant(_ text: String) -> Timestamp? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return Timestamp(rfc3339: text) ?? Timestamp(rfc3339: "\(text)T00:00:00Z")
        }
        switch text.utf8.count {
        case 8:
            return Timestamp(rfc3339: "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))T00:00:00Z")
        case 10: return Int64(text).map { Timestamp(milliseconds: $0 * 1_000) }
        case 13: return Int64(text).map(Timestamp.init(milliseconds:))
        default: return nil
        }
    }
}
