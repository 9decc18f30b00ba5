import ActivationCore
import Console

/// Writes values of profiles: what kind they are and how much of it, unless somebody revealed them.
struct MaskedValue: Sendable {
    let isRevealed: Bool
    /// Which fields labels let be seen when values are revealed.
    var admits: @Sendable ([String]) -> Bool = { _ in true }

    /// A value.
    func text(_ value: JSONValue) -> String {
        if isRevealed { return MaskedValue.shown(value.string ?? value.text) }
        switch value {
        case .null: return "nothing"
        case .bool: return "true or false"
        case .integer: return "whole number"
        case .number: return "number"
        case .string(let text): return "text, \(Figure.count(text.unicodeScalars.count))"
        case .array(let items): return "list, \(Figure.count(items.count))"
        case .object(let members): return "object, \(Figure.count(members.keys.count))"
        }
    }

    /// The value of a field, which stays masked where its labels hide it.
    func text(_ value: JSONValue, at keys: [String]) -> String {
        isRevealed && !admits(keys) ? MaskedValue(isRevealed: false).text(value) : text(value)
    }

    /// The value of an identity.
    func identity(_ value: String) -> String { text(.string(value), at: ["identityMap"]) }

    /// A text, such as an event's id.
    func text(_ value: String) -> String { text(JSONValue.string(value)) }

    /// With control characters as symbols, so that nothing is hidden in it.
    private static func shown(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let symbol = scalar.value < 0x20 ? Unicode.Scalar(0x2400 + scalar.value) : nil
            shown.append(symbol ?? (scalar.value == 0x7F ? "\u{2421}" : scalar))
        }
        return String(shown)
    }
}
