import ActivationCore
import TextFiles

/// What the text of a CSV cell means.
enum CellKind: String, CaseIterable {
    /// Text as it stands.
    case text
    /// A JSON number.
    case number
    /// A whole number.
    case integer
    /// `true`, `false`, `1` or `0`.
    case boolean
    /// RFC 3339, which stays as it is written; or `YYYY-MM-DD`, `YYYYMMDD`, seconds or milliseconds since 1970, which
    /// become RFC 3339.
    case timestamp

    /// How a value is written, for people whose file has something else.
    var accepted: String {
        switch self {
        case .text: "any text"
        case .number: "a number is written -1234.5: a decimal point, no other separator, no leading zero, no sign +"
        case .integer: "a whole number is written -1234: no separator, no leading zero, no sign +"
        case .boolean: "accepted are true, false, 1 and 0"
        case .timestamp:
            "accepted are RFC 3339 with a time zone (2026-12-31T09:15:04.123Z, 2026-12-31T10:15:04+01:00), 2026-12-31, "
                + "20261231, and seconds (10 digits) or milliseconds (13 digits) since 1970"
        }
    }

    /// The JSON value of a cell; nil when the text does not fit.
    ///
    /// No text is cut, rounded or put right to make it fit.
    func value(of text: String) -> JSONValue? {
        switch self {
        case .text: return .string(text)
        case .number: return CellKind.number(text)
        case .integer:
            guard let value = CellKind.number(text), case .integer = value else { return nil }
            return value
        case .boolean:
            switch text {
            case "true", "TRUE", "True", "1": return .bool(true)
            case "false", "FALSE", "False", "0": return .bool(false)
            default: return nil
            }
        case .timestamp: return CellKind.instant(text).map(JSONValue.string)
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        // JSON allows blanks around a number; a cell that has some is no number.
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || first.isDigit,
            let last = text.utf8.last, last.isDigit,
            // A text that is not JSON is not a number either.
            let value = try? JSONValue(parsing: text)
        else { return nil }
        switch value {
        case .integer, .number: return value
        default: return nil
        }
    }

    private static func instant(_ text: String) -> String? {
        if Timestamp(rfc3339: text) != nil { return text }
        if let day = Timestamp(date: text) { return day.rfc3339 }
        guard text.utf8.allSatisfy(\.isDigit) else { return nil }
        switch text.utf8.count {
        case 8:
            let day = "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))"
            return Timestamp(date: day)?.rfc3339
        case 10: return Int64(text).map { Timestamp(milliseconds: $0 * 1_000).rfc3339 }
        case 13: return Int64(text).map { written(Timestamp(milliseconds: $0)) }
        default: return nil
        }
    }

    private static func written(_ instant: Timestamp) -> String {
        guard instant.milliseconds % 1_000 != 0 else { return instant.rfc3339 }
        var bytes: [UInt8] = []
        instant.appendRFC3339Milliseconds(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
