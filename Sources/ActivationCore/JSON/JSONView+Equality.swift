extension JSONView {
    /// Whether two values are equal: numbers by value, strings byte by byte, objects whatever their members' order.
    ///
    /// Numbers whose exponents are beyond counting (over a thousand million) are equal only when spelt alike.
    public func isSame(as other: JSONView) -> Bool {
        switch (kind, other.kind) {
        case (.null, .null), (.true, .true), (.false, .false):
            return true
        case (.string, .string), (.escapedString, .escapedString):
            return text == other.text
        case (.integer, .integer), (.integer, .double), (.double, .integer), (.double, .double):
            return JSONNumber.isSame(text, other.text)
        case (.array, .array):
            return text == other.text || node.count == other.node.count && hasSameItems(as: other)
        case (.object, .object):
            return text == other.text || node.count == other.node.count && hasSameMembers(as: other)
        default:
            return false
        }
    }

    private func hasSameItems(as other: JSONView) -> Bool {
        zip(items, other.items).allSatisfy { $0.isSame(as: $1) }
    }

    /// Sorts both sides by key, so that large objects in different orders do not cost their square.
    private func hasSameMembers(as other: JSONView) -> Bool {
        zip(sortedMembers, other.sortedMembers).allSatisfy { left, right in
            left.key == right.key && left.isSame(as: right)
        }
    }

    private var sortedMembers: [JSONView] {
        JSONItems(document: document, container: index).sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
}
