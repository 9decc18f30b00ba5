import ActivationCore
import Foundation

/// Foundation's reader as an independent opinion on a text.
enum JSONOracle {
    /// What Foundation reads, or nil when it refuses the text.
    static func read(_ bytes: [UInt8]) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    /// Whether a text has what Foundation is known to read wrongly: it drops U+FEFF in strings, and refuses numbers
    /// beyond a double, which the grammar has.
    static func isUnfit(for document: JSONDocument) -> Bool {
        String(decoding: document.text, as: UTF8.self).unicodeScalars.contains("\u{feff}")
            || document.nodes.contains { node in
                node.kind == .double && JSONNumber.double(document.text[node.range]) == nil
            }
    }

    /// Whether Foundation's value is the view's.
    static func agrees(_ value: Any, _ view: JSONView) -> Bool {
        switch view.kind {
        case .null: value is NSNull
        case .true: isBoolean(value) && value as? Bool == true
        case .false: isBoolean(value) && value as? Bool == false
        case .integer: !isBoolean(value) && (value as? NSNumber)?.int64Value == view.int64
        case .double: !isBoolean(value) && isClose((value as? NSNumber)?.doubleValue, view.double)
        case .string, .escapedString: (value as? String).map { Array($0.utf8) } == view.string.map { Array($0.utf8) }
        case .array: agreesOnItems(value, view)
        case .object: agreesOnMembers(value, view)
        }
    }

    private static func agreesOnItems(_ value: Any, _ view: JSONView) -> Bool {
        guard let items = value as? [Any], items.count == view.node.count else { return false }
        return zip(items, view.items).allSatisfy { agrees($0, $1) }
    }

    private static func agreesOnMembers(_ value: Any, _ view: JSONView) -> Bool {
        guard let members = value as? [String: Any] else { return false }
        // A Swift dictionary takes canonically equivalent keys for one, so it may hold fewer.
        let keys = Set(view.members.map(\.key))
        guard keys.count == view.node.count else { return members.count == keys.count }
        return members.count == keys.count
            && view.members.allSatisfy { key, member in members[key].map { agrees($0, member) } ?? false }
    }

    /// Equality but for the last digits, which Foundation gets wrong in long numbers with large exponents.
    private static func isClose(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return false }
        return left == right || abs(left - right) <= abs(left) * 1e-12
    }

    private static func isBoolean(_ value: Any) -> Bool {
        (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
    }
}
