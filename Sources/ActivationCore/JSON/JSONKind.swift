/// What a JSON value is; stored in profiles, so the raw values never change.
public enum JSONKind: UInt8, Sendable {
    case null = 0
    case `false` = 1
    case `true` = 2
    /// A number without fraction and exponent that fits `Int64`.
    case integer = 3
    /// Any other number.
    case double = 4
    /// A string whose canonical content holds no escape: content bytes = text bytes.
    case string = 5
    /// A string whose canonical content holds at least one escape sequence.
    case escapedString = 6
    case array = 7
    case object = 8
}
